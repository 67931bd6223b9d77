import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

interface Proof {
  child: ChildProcess & { pid: number }
  /** The folder of its temporary files. */
  temporary: string
  /** Returns its output so far. */
  said: () => string
  /** Resolves when its output matches. */
  says: (words: RegExp) => Promise<unknown>
}

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'interrupt-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** Starts a program in a new process group, as a terminal does. */
const start = (name: string, args: string[], path = process.env['PATH'] ?? ''): Proof => {
  const temporary = folder()
  // If this user is root, PostgreSQL runs as another user, who must be able to read the folder.
  spawnSync('chmod', ['755', temporary])
  const child = spawn(process.execPath, [CLI, name, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary, PATH: path },
  }) as ChildProcess & { pid: number; stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream }
  onTestFinished(() => {
    // Kills what a failed test leaves. After a successful test the group does not exist.
    spawnSync('kill', ['-KILL', '--', `-${child.pid}`])
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
  const says = (words: RegExp): Promise<unknown> => expect.poll(() => said, { timeout: 25_000 }).toMatch(words)
  return { child, temporary, said: () => said, says }
}

/** Returns the ids of all processes below a process. */
const descendants = (pid: number): number[] => {
  const rows = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number))
  const of = (parent: number): number[] =>
    rows.filter(([, its]) => its === parent).flatMap(([id = 0]) => [id, ...of(id)])
  return of(pid)
}
/** Returns whether a process runs. A zombie does not. */
const alive = (pid: number): boolean =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).stdout)

/** Returns how many processes of the service run below a process. */
const podsOf = (pid: number): number =>
  spawnSync('ps', ['-o', 'args=', '-p', descendants(pid).join(',')], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((args) => args.endsWith('/dist/main.js')).length

/** Sends a signal. Returns the exit code, the processes and files that are left, and the error messages. */
const interrupt = async (
  { child, temporary, said }: Proof,
  signal: NodeJS.Signals,
  target = child.pid,
): Promise<Record<'status' | 'processes' | 'files' | 'complaints', unknown>> => {
  const theirs = descendants(child.pid)
  const exited = once(child, 'exit')
  process.kill(target, signal)
  const [status] = (await exited) as [number | null]
  // Its child processes may take a moment to end.
  for (let tries = 0; tries < 50 && theirs.some((pid) => alive(pid)); tries += 1) {
    // oxlint-disable-next-line no-await-in-loop -- until they are gone
    await sleep(100)
  }
  return {
    status,
    processes: theirs.filter((pid) => alive(pid)),
    files: readdirSync(temporary),
    complaints: said().match(/could not clean up.*|.*Error:.*|.*--rollouts.*/gu) ?? [],
  }
}
const left = { processes: [], files: [], complaints: [] }

describe('the proof of the store, interrupted', () => {
  it('leaves nothing when interrupted during the creation of its database', async () => {
    const proof = start('prove:store', [])
    await expect.poll(() => readdirSync(proof.temporary), { timeout: 25_000 }).toHaveLength(1)
    await expect.poll(() => descendants(proof.child.pid).length).toBeGreaterThan(0)
    expect(await interrupt(proof, 'SIGINT')).toEqual({ status: 130, ...left })
  })

  it.each([
    ['during the start of its pods, by Ctrl-C, which reaches all processes', 0, 'SIGINT', true, 130],
    ['during a rollout, by Ctrl-C', 6, 'SIGINT', true, 130],
    ['during a rollout, by SIGTERM to the program alone', 6, 'SIGTERM', false, 143],
  ] as const)('%s ends database and pods', async (_, pods, signal, all, status) => {
    const proof = start('prove:store', ['--rollouts', '9', '--rate', '20'])
    await proof.says(/9 rollouts/)
    // During a rollout three new pods run beside the three old ones.
    await expect.poll(() => podsOf(proof.child.pid), { timeout: 25_000 }).toBeGreaterThanOrEqual(pods)
    expect(await interrupt(proof, signal, all ? -proof.child.pid : proof.child.pid)).toEqual({ status, ...left })
  })
})

/** A kubectl that records its arguments, takes a while to create a namespace, deletes it when told to, and waits for pods for ever. */
const KUBECTL = `#!${process.execPath}
const { appendFileSync, existsSync } = require('node:fs')
const calls = process.env.TMPDIR + '/../calls-' + process.env.CALLS
const record = (line) => appendFileSync(calls, line + '\\n')
const args = process.argv.slice(2)
record(args.join(' '))
if (args[0] === 'get' && args[1] === 'nodes')
  process.stdout.write(args.at(-1).includes('unschedulable') ? 'one \\ntwo \\n' : '::1 127.0.0.1')
if (args[0] === 'create' && args[1] === 'namespace') setTimeout(() => {}, 1_000)
if (args[0] === 'wait' || (args[0] === 'rollout' && args[1] === 'status')) setTimeout(() => {}, 60_000)
if (args[0] === 'delete') {
  const timer = setInterval(() => {
    if (!existsSync(calls + '-go')) return
    clearInterval(timer)
    record('deleted')
  }, 20)
}
`

const STORE = ['prove:store:kubernetes', ['--image', 'none', '--host', '127.0.0.1'], 'store-proof'] as const
const DOCTOR = ['doctor', ['--target', 'kubernetes', '--only', 'slow-readiness', '--again'], 'doctor-proof'] as const
const CREATION = ['during the creation of its namespace', /^create namespace/m] as const
const PODS = ['during the wait for its pods', /^(wait|rollout status)/m] as const

describe('a proof on a cluster, interrupted', () => {
  it.each([
    [...STORE, 'SIGINT', ...CREATION, 130],
    [...STORE, 'SIGTERM', ...PODS, 143],
    [...DOCTOR, 'SIGINT', ...CREATION, 130],
    [...DOCTOR, 'SIGTERM', ...PODS, 143],
  ] as const)(
    '%s %j: %s by two times %s %s is removed, and nothing is left',
    async (name, args, prefix, signal, _, moment, status) => {
      const programs = folder()
      writeFileSync(join(programs, 'kubectl'), KUBECTL, { mode: 0o755 })
      const id = programs.split('-').at(-1) ?? ''
      const calls = join(tmpdir(), `calls-${id}`)
      writeFileSync(calls, '')
      onTestFinished(() => {
        for (const file of [calls, `${calls}-go`]) rmSync(file, { force: true })
      })
      process.env['CALLS'] = id
      const proof = start(name, [...args], `${programs}${delimiter}${process.env['PATH']}`)
      const asked = (): string => readFileSync(calls, 'utf8')
      await expect.poll(asked, { timeout: 25_000 }).toMatch(moment)
      // Ctrl-C reaches all processes of the group, also the second one, which an impatient user sends during the cleanup.
      process.kill(-proof.child.pid, signal)
      await expect.poll(asked, { timeout: 25_000 }).toMatch(/^delete namespace/m)
      const interrupted = interrupt(proof, signal, -proof.child.pid)
      // The second signal has been sent. Only now does the deletion end.
      writeFileSync(`${calls}-go`, '')
      expect(await interrupted).toEqual({ status, ...left })
      // The proof of the store ignores the nodes' IPv6 addresses.
      expect(proof.said()).not.toContain('::1')
      const namespace = `${prefix}-${proof.child.pid}`
      expect(asked()).toMatch(new RegExp(`^create namespace ${namespace}$`, 'm'))
      expect(asked().trim().split('\n').slice(-2)).toEqual([
        `delete namespace ${namespace} --ignore-not-found --timeout=120s`,
        'deleted',
      ])
    },
  )
})
