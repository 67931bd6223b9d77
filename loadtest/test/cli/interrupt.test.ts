import { spawn } from 'node:child_process'
import type { StdioOptions } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/reports/report.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../fixtures/programs/planted.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zero-drop-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Two short rollouts with a twin. The propagation delay makes the twin drop far more than the 10 requests that a proof needs. */
const PROVE = [
  'prove',
  `--command=node ${PROGRAM}`,
  `--twin-command=node ${PROGRAM} naive`,
  ...'--replicas 1 --min-ready 0 --propagation 0.3-0.3 --rate 150 --repeat 2 --answer-timeout 60'.split(' '),
]

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command. Sends `signal` when stderr contains `text`. */
function run(
  args: readonly string[],
  at?: { text: string; signal: NodeJS.Signals },
  stdio?: StdioOptions,
): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: stdio ?? 'pipe' })
  let [stdout, stderr, sent] = ['', '', false]
  child.stdout?.on('data', (bytes: Buffer) => void (stdout += bytes.toString()))
  child.stderr?.on('data', (bytes: Buffer) => {
    stderr += bytes.toString()
    if (at === undefined || sent || !stderr.includes(at.text)) return
    sent = true
    child.kill(at.signal)
  })
  return new Promise((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })
}

const refuses = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true))
    socket.once('connect', () => socket.destroy())
  })

/** Every stage of a proof as the progress line names it, a signal, and the number of runs in the report by then. */
const MOMENTS: readonly (readonly [string, NodeJS.Signals, number])[] = [
  ['testing itself', 'SIGINT', 0],
  ['1 of 2: starting', 'SIGTERM', 1],
  ['1 of 2: checking', 'SIGINT', 1],
  ['1 of 2: warming up', 'SIGTERM', 1],
  ['1 of 2: rolling out', 'SIGHUP', 1],
  ['1 of 2: cooling down', 'SIGINT', 1],
  ['1 of 2: last responses', 'SIGINT', 1],
  ['1 of 2: restoring', 'SIGTERM', 1],
  ['naive twin: warming up', 'SIGINT', 2],
  ['naive twin: restoring', 'SIGINT', 2],
  ['2 of 2: rolling out', 'SIGTERM', 3],
]

// Concurrent, because each case starts its own proof.
describe('an interruption', { concurrent: true }, () => {
  it.each(MOMENTS)(
    'at "%s" by %s reports every run so far',
    async (text, signal, runs) => {
      const path = join(folder, `${text.replaceAll(/\W+/g, '-')}.json`)
      const { status, stdout, stderr } = await run([...PROVE, '--report', path], { text, signal })
      expect(stderr).toContain(`${signal}: stopping the load and restoring the target`)
      expect(stdout).toMatch(/^Inconclusive: interrupted; 0 of [\d,]+ requests dropped until then\.$/m)
      expect(status).toBe(3)
      const report = JSON.parse(readFileSync(path, 'utf8')) as Report
      expect(report.verdict).toMatchObject({ status: 'inconclusive', exitStatus: 3 })
      expect(report.runs).toHaveLength(runs)
      const urls = report.runs.flatMap((one) => one.urls)
      expect(await Promise.all(urls.map(refuses))).toEqual(urls.map(() => true))
    },
    120_000,
  )
})

describe('output that cannot be written', () => {
  it.each([['/dev/full', 'the report could not be written to /dev/full: no space left on device (ENOSPC)']])(
    'to %s as the report still prints the verdict, then one sentence, exit 4',
    async (path, sentence) => {
      const at = { text: 'testing itself', signal: 'SIGINT' } as const
      const { status, stdout, stderr } = await run([...PROVE, '--report', path], at)
      expect(stdout).toContain('Inconclusive: interrupted')
      expect(stderr.trimEnd().split('\n').at(-1)).toBe(`zero-drop: the harness itself failed: ${sentence}`)
      expect(status).toBe(4)
      expect(existsSync(path)).toBe(true)
    },
    60_000,
  )

  it('to a full disk on stdout is an error in one sentence, exit 4', async () => {
    const { status, stderr } = await run(['--help'], undefined, ['ignore', openSync('/dev/full', 'w'), 'pipe'])
    expect(stderr).toMatch(/^zero-drop: stdout could not be written to its end: ENOSPC[^\n]+\n$/)
    expect(status).toBe(4)
  })

  it('to a closed pipe is mentioned in one sentence and keeps the exit code', async () => {
    const child = spawn(process.execPath, [CLI, '--help'], { stdio: 'pipe' })
    child.stdout.destroy()
    let stderr = ''
    child.stderr.on('data', (bytes: Buffer) => void (stderr += bytes.toString()))
    const status = await new Promise((resolve) => void child.once('close', resolve))
    expect(stderr).toMatch(/^zero-drop: stdout could not be written to its end: write EPIPE\n$/)
    expect(status).toBe(0)
  })
})
