import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, Program } from '../harness/program.js'
import { RawClient } from '../harness/raw-client.js'

afterEach(killPrograms)

async function start(env: NodeJS.ProcessEnv = {}) {
  const [port, admin] = (await freePorts(2)) as [number, number]
  const program = new Program('cluster.mjs', {
    ownGroup: true,
    env: {
      PORT: `${port}`,
      GRACEFUL_ADMIN_PORT: `${admin}`,
      GRACEFUL_SHUTDOWN_DELAY: '4000',
      GRACEFUL_TIMEOUT: '12000',
      ...env,
    },
  })
  await workersListen(program, 2)
  // Each worker and the primary.
  await program.waitFor(() => program.logged('starting -> ready').length === 3)
  return { program, port, admin }
}

const workersListen = async (program: Program, count: number) =>
  program.waitFor(() => program.messages.filter(({ worker }) => worker !== undefined).length >= count)

async function statusOf(port: number, path: string): Promise<number | string> {
  const client = new RawClient(port).get(path, 'Connection: close\r\n')
  const [response] = await client.responses(1)
  client.destroy()
  return response?.status ?? client.closed!
}

/** Returns whether a process runs. A killed process can stay in the table, as a zombie, until its new parent looks. */
function runs(pid: unknown): boolean {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z')
  } catch {
    return false
  }
}

describe('a cluster', () => {
  test('a SIGTERM listener of the primary runs before the workers exit, and sees their exits', async () => {
    const { program, port } = await start({ PRIMARY_LISTENER: '1', GRACEFUL_SHUTDOWN_DELAY: '500' })
    const slow = new RawClient(port).get('/slow?ms=1500')
    await program.waitFor(({ handler }) => handler === '/slow?ms=1500')
    program.signal()
    expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ' })
    slow.end()
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(program.messages.filter(({ cleanUp }) => cleanUp === 'primary')).toHaveLength(1)
  })

  test.each([
    ['the primary alone', (program: Program) => program.signal()],
    ['the process group', (program: Program) => program.signalGroup('SIGTERM')],
  ])('SIGTERM to %s: the workers drain, and the primary exits after them', async (_, signal) => {
    const { program, port, admin } = await start()
    expect(await statusOf(admin, '/readyz')).toBe(200)
    const slow = [1, 2].map((n) => new RawClient(port).get(`/slow?ms=5000&n=${n}`))
    await program.waitFor(({ handler }) => handler === '/slow?ms=5000&n=1')
    await program.waitFor(({ handler }) => handler === '/slow?ms=5000&n=2')
    signal(program)
    await program.waitFor(() => program.logged('ready -> lameDuck').length === 3)
    expect(await statusOf(admin, '/readyz')).toBe(503)
    expect(await statusOf(admin, '/livez')).toBe(200)
    for (let index = 0; index < 10; index++) {
      const client = new RawClient(port).get(`/late/${index}`)
      // oxlint-disable-next-line no-await-in-loop -- one after the other reaches both workers
      const [response] = await client.responses(1)
      expect(response).toMatchObject({ body: `answer to /late/${index}`, headers: { connection: 'close' } })
      client.end()
    }
    for (const [index, client] of slow.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- each in turn
      expect((await client.responses(1))[0]).toMatchObject({
        body: `slow ${index + 1}`,
        headers: { connection: 'close' },
      })
      client.end()
    }
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(program.logged('graceful: shutting down')).toHaveLength(3)
    const exits = program.messages.filter(({ workerExit }) => workerExit !== undefined)
    expect(exits.map(({ code }) => code)).toEqual([0, 0])
    // A primary that forks again at each exit starts no worker now.
    expect(program.messages.some(({ replacement }) => replacement !== undefined)).toBe(false)
    const reports = program.messages.filter(({ report }) => report !== undefined)
    expect(reports).toHaveLength(3)
    expect(reports.at(-1)!['report']).toMatchObject({ delayEnd: 'no-server', outcome: 'graceful' })
  })

  test('serves or refuses every connection while the listeners close, and resets none', async () => {
    const { program, port } = await start({ GRACEFUL_SHUTDOWN_DELAY: '500' })
    const outcomes: (string | undefined)[] = []
    const connectUntilRefused = async () => {
      while (outcomes.at(-1) !== 'ECONNREFUSED') {
        const client = new RawClient(port).get('/one')
        // oxlint-disable-next-line no-await-in-loop -- one after the other, so that the rate follows the speed of the machine
        const [response] = await client.responses(1)
        client.destroy()
        outcomes.push(response?.body ?? client.closed)
      }
    }
    program.signal()
    // More than two, so that connections wait in the queue of the primary.
    await Promise.all(Array.from({ length: 24 }, connectUntilRefused))
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(new Set(outcomes)).toEqual(new Set(['answer to /one', 'ECONNREFUSED']))
  })

  test('Ctrl-C reaches primary and workers, and each shuts down once', async () => {
    const { program } = await start()
    program.signalGroup('SIGINT')
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(program.logged('graceful: shutting down: SIGINT')).toHaveLength(3)
    const exits = program.messages.filter(({ workerExit }) => workerExit !== undefined)
    expect(exits.map(({ code }) => code)).toEqual([0, 0])
  })

  test('exits with the worst code of its workers', async () => {
    const { program } = await start({ EXIT_CODE: '7' })
    program.signal()
    expect(await program.exited).toEqual({ code: 7, signal: null })
  })

  test('a worker that crashes before the signal is replaced by the application, and the new one drains', async () => {
    const { program, port } = await start()
    await statusOf(port, '/crash')
    await program.waitFor(({ replacement }) => replacement !== undefined)
    await workersListen(program, 3)
    program.signal()
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(program.logged('graceful: shutting down')).toHaveLength(3)
  })

  test('a worker that hangs does not outlive the budget of the primary', async () => {
    const { program, port } = await start({ GRACEFUL_SHUTDOWN_DELAY: '0', GRACEFUL_TIMEOUT: '2000' })
    const pids = program.messages.flatMap(({ worker }) => worker ?? [])
    new RawClient(port).get('/block')
    await statusOf(port, '/one')
    program.signal()
    const { code } = await program.exited
    expect(code).toBeGreaterThan(0)
    await expect.poll(() => pids.filter(runs)).toEqual([])
    expect(program.messages.findLast(({ report }) => report !== undefined)?.['report']).toMatchObject({ exitCode: 1 })
  })
})
