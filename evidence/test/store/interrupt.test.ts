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
  /** Where it makes its temporary files. */
  temporary: string
  /** All that it wrote, so far. */
  said: () => string
  /** Resolves once it has written this. */
  says: (words: RegExp) => Promise<unknown>
}

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'interrupt-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** As in a terminal: in a process group of its own. */
const start = (name: string, args: string[], path = process.env['PATH'] ?? ''): Proof => {
  const temporary = folder()
  // PostgreSQL runs as another user where this one is root, and must reach it.
  spawnSync('chmod', ['755', temporary])
  const child = spawn(process.execPath, [CLI, name, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary, PATH: path },
  }) as ChildProcess & { pid: number; stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream }
  onTestFinished(() => {
    // What the test found left over is not left over after it; there is no such group where all is well.
    spawnSync('kill', ['-KILL', '--', `-${child.pid}`])
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
  const says = (words: RegExp): Promise<unknown> => expect.poll(() => said, { timeout: 25_000 }).toMatch(words)
  return { child, temporary, said: () => said, says }
}

/** All that came of a process: its children, and theirs. */
const descendants = (pid: number): number[] => {
  const rows = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number))
  const of = (parent: number): number[] =>
    rows.filter(([, its]) => its === parent).flatMap(([id = 0]) => [id, ...of(id)])
  return of(pid)
}
/** One that has ended and that nobody has asked for its status (a zombie) is not. */
const alive = (pid: number): boolean =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).stdout)

/** How many processes of the service run below this one. */
const podsOf = (pid: number): number =>
  spawnSync('ps', ['-o', 'args=', '-p', descendants(pid).join(',')], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((args) => args.endsWith('/dist/main.js')).length

/** Sends it; tells how it ended, which of its processes are left, what of its files, and whether it complained. */
const interrupt = async (
  { child, temporary, said }: Proof,
  signal: NodeJS.Signals,
  target = child.pid,
): Promise<Record<'status' | 'processes' | 'files' | 'complaints', unknown>> => {
  const theirs = descendants(child.pid)
  expect(theirs.length).toBeGreaterThan(0)
  const exited = once(child, 'exit')
  process.kill(target, signal)
  const [status] = (await exited) as [number | null]
  // Whom its end has ended may take a moment.
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
  it('while it makes its database leaves nothing', async () => {
    const proof = start('prove:store', [])
    await expect.poll(() => readdirSync(proof.temporary), { timeout: 25_000 }).toHaveLength(1)
    await expect.poll(() => descendants(proof.child.pid).length).toBeGreaterThan(0)
    expect(await interrupt(proof, 'SIGINT')).toEqual({ status: 130, ...left })
  })

  it.each([
    ['as its pods start, by Ctrl-C, which all of its processes get', 0, 'SIGINT', true, 130],
    ['in the middle of a rollout, by Ctrl-C', 6, 'SIGINT', true, 130],
    ['in the middle of a rollout, by SIGTERM to itself', 6, 'SIGTERM', false, 143],
  ] as const)('%s ends database and pods', async (_, pods, signal, all, status) => {
    const proof = start('prove:store', ['--rollouts', '9', '--rate', '20'])
    await proof.says(/9 rollouts/)
    // During a rollout three new pods run beside the three old ones.
    await expect.poll(() => podsOf(proof.child.pid), { timeout: 25_000 }).toBeGreaterThanOrEqual(pods)
    expect(await interrupt(proof, signal, all ? -proof.child.pid : proof.child.pid)).toEqual({ status, ...left })
  })
})

/** Stands for a cluster: notes what it is asked, and never ends a rollout. */
const KUBECTL = `#!${process.execPath}
const { appendFileSync } = require('node:fs')
const args = process.argv.slice(2)
appendFileSync(process.env.TMPDIR + '/../calls-' + process.env.CALLS, args.join(' ') + '\\n')
if (args[0] === 'get' && args[1] === 'nodes') process.stdout.write('::1 127.0.0.1')
if (args[0] === 'rollout' && args[1] === 'status') setTimeout(() => {}, 60_000)
`

describe('the proof of the store on a cluster, interrupted', () => {
  it.each([
    ['SIGINT', 'while it makes its namespace', /^create namespace/m, 130],
    ['SIGTERM', 'in the middle of a rollout', /^rollout status/m, 143],
  ] as const)('by %s %s removes the namespace, and ends its database', async (signal, _, moment, status) => {
    const programs = folder()
    writeFileSync(join(programs, 'kubectl'), KUBECTL, { mode: 0o755 })
    const name = programs.split('-').at(-1) ?? ''
    const calls = join(tmpdir(), `calls-${name}`)
    writeFileSync(calls, '')
    onTestFinished(() => rmSync(calls))
    process.env['CALLS'] = name
    const proof = start(
      'prove:store:kubernetes',
      ['--image', 'none', '--host', '127.0.0.1'],
      `${programs}${delimiter}${process.env['PATH']}`,
    )
    const asked = (): string => readFileSync(calls, 'utf8')
    await expect.poll(asked, { timeout: 25_000 }).toMatch(moment)
    expect(await interrupt(proof, signal)).toEqual({ status, ...left })
    // The nodes' other addresses are not asked.
    expect(proof.said()).not.toContain('::1')
    const namespace = `store-proof-${proof.child.pid}`
    expect(asked()).toMatch(new RegExp(`^create namespace ${namespace}$`, 'm'))
    expect(asked().trim().split('\n').at(-1)).toBe(`delete namespace ${namespace} --ignore-not-found --timeout=120s`)
  })
})
