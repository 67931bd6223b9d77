import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/reports/json.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zero-drop-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Started {
  readonly ended: Promise<Ended>
  /** Resolves when stderr has said this. */
  said(text: string): Promise<void>
  signal(name: NodeJS.Signals): void
}

function start(...args: readonly string[]): Started {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { ...process.env, KUBECONFIG: '' } })
  let [stdout, stderr] = ['', '']
  const waiting = new Set<() => void>()
  child.stdout.on('data', (bytes: Buffer) => void (stdout += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString()
    for (const look of waiting) look()
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })
  return {
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!stderr.includes(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`ended without saying ${text}: ${stderr}`)))
      }),
    signal: (name) => void child.kill(name),
  }
}

const run = (...args: readonly string[]): Promise<Ended> => start(...args).ended

const refuses = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', () => resolve(true))
  })

describe('the command line', () => {
  it.each([
    [['prov'], 'Did you mean zero-drop prove?'],
    [[], 'A command is missing'],
    [['--rate', '3'], 'A command is missing before --rate'],
    [['prove', '--rat', '5'], 'There is no flag --rat. Did you mean --rate?'],
    [['prove', '-x'], 'There is no flag -x. See --help'],
    [['help', 'prov'], 'There is no command "prov". Did you mean zero-drop prove?'],
    [['prove', '--scenario', 'kil'], 'Did you mean kill?'],
    [['prove', '--until-bound', '5%'], '--until-bound: "5%" is not a share from 0.000001 to 0.5'],
    [
      ['prove', '--propagation', '300-300'],
      '300-300 are seconds, and no rollout may take longer than 300 s (--timeout)',
    ],
    [['prove', '--propagation', '5'], 'as 0-30 (0.3-0.3 for 300 ms)'],
    [['prove', '--logs', '/proc/zero-drop'], 'for logs cannot be made: '],
    [['prove', '--report', '/proc/report.json'], '--report: /proc/report.json cannot be written: '],
    [['prove', '--report', `${CLI}/report.json`], 'cannot be written: not a directory (ENOTDIR)'],
    [['prove', '--profile', 'none.yaml'], 'none.yaml cannot be read: no such file or directory (ENOENT)'],
    [['prove', '--command', 'no-such-program x'], '--command: there is no program "no-such-program" on the PATH'],
    [['prove', '--command', 'node', '--twin-command', './naive'], 'naive is no program that can be started'],
    [['prove', '--command', 'node', '--env', 'PORT=5'], '--env: PORT is what tells each pod its own port'],
    [['prove', 'now'], '"now" belongs to no flag'],
    [['prove', '--rate'], '--rate needs a value: --rate N'],
    [['prove', '--rate', '--seed', '3'], '--rate needs a value'],
    [['prove', '--rate', 'fast'], '--rate: "fast" is not a number of requests per second from 1 to 5000'],
    [['prove', '--seed', '1.5'], '--seed: "1.5" is not a whole number'],
    [['prove', '--seed', '1', '--seed', '2'], '--seed was given twice'],
    [['prove', '--json=yes'], '--json takes no value'],
    [['prove', '--target', 'docker'], '--target: "docker" is none of local, kubernetes'],
    [['prove', '--scenario', 'rollback'], '--scenario: "rollback" is none of set-image, undo, restart'],
    [['prove', '--image', 'x'], '--image has no meaning with --target local'],
    [['prove', '--target', 'kubernetes', '--manifests', '.'], '--manifests has no meaning with --target kubernetes'],
    [['prove', '--target', 'kubernetes', '--scenario', 'set-image'], 'needs --image'],
    [
      ['prove', '--target', 'kubernetes', '--image', 'x', '--scenario', 'undo'],
      '--image has no meaning with --scenario undo',
    ],
    [['prove', '--target', 'kubernetes', '--to-revision', '2'], '--to-revision has no meaning with --scenario restart'],
    [['prove', '--target', 'kubernetes', '--url', 'localhost'], '--url: "localhost" is not an http or https URL'],
    [['prove', '--service', 'naive', '--no-twin'], 'leave out --no-twin'],
    [['prove', '--report', 'no/such/folder/report.json'], '--report: '],
    [['prove', '--report', '.'], 'it is a folder'],
    [['prove', '--junit', 'report.json'], '--junit: another report goes to '],
    [['suite', '--junit', 'no/such/folder/junit.xml'], '--junit: '],
    [['prove', '--quiet', '--manifests', 'no-such-folder'], 'no-such-folder does not exist'],
    [['prove', '--target', 'kubernetes', '--kubeconfig', 'no-such-file'], 'no-such-file does not exist'],
  ])('%j: one sentence on stderr, exit 2', async (args, text) => {
    const { status, stdout, stderr } = await run(...args)
    expect(stderr).toContain(text)
    expect(stderr).toMatch(/^zero-drop: [^\n]+\n$/)
    expect([status, stdout]).toEqual([2, ''])
    expect(existsSync(join(folder, 'report.json'))).toBe(false)
  })

  it.each([
    [['--help'], 'Usage:'],
    [['prove', '--help'], '--rate N'],
    [['suite', '-h'], '--scenarios A,B,…'],
    [['help', 'prove'], '--rate N'],
    [['--version'], '0.'],
  ])('%j prints to stdout, exit 0', async (args, text) => {
    const { status, stdout, stderr } = await run(...args)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain(text)
  })
})

describe('--junit', () => {
  it('tells of a proof that could not run, too', async () => {
    const path = join(folder, 'could-not-run.xml')
    const { status, stderr } = await run('prove', '--quiet', '--manifests', 'no-such-folder', '--junit', path)
    expect(status).toBe(2)
    const sentence = /^zero-drop: (.+)$/m.exec(stderr)?.[1] ?? ''
    expect(sentence).toContain('no-such-folder does not exist')
    expect(readFileSync(path, 'utf8')).toContain(`<error type="could not run" message="${sentence}">`)
  })
})

describe('Ctrl-C', () => {
  it('stops the load, writes the report of what ran, ends the target, exit 3', async () => {
    const report = join(folder, 'interrupted.json')
    const junit = join(folder, 'interrupted.xml')
    const program = start('prove', '--rate', '50', '--report', report, '--junit', junit)
    await program.said('rolling out')
    program.signal('SIGINT')
    const { status, stdout, stderr } = await program.ended
    expect(stderr).toContain('SIGINT: stopping the load and putting the target back')
    expect(stdout).toMatch(/^Inconclusive: interrupted; 0 of \d+ requests dropped until then\.$/m)
    expect(status).toBe(3)
    expect(readFileSync(junit, 'utf8')).toContain(
      '<error type="inconclusive" message="Inconclusive: interrupted; 0 of ',
    )
    const { verdict, runs } = JSON.parse(readFileSync(report, 'utf8')) as Report
    expect(verdict).toMatchObject({ status: 'inconclusive', exitStatus: 3 })
    expect(runs.map(({ outcome }) => outcome)).toEqual([{ status: 'interrupted' }])
    expect(runs[0]?.requests.attempts).toBeGreaterThan(50)
    expect(await Promise.all((runs[0]?.urls ?? []).map(refuses))).toEqual([true, true, true])
  }, 90_000)

  it('while the target still starts ends it without waiting, exit 3', async () => {
    const program = start('prove', '--report', join(folder, 'early.json'), '--json')
    await program.said('starting')
    program.signal('SIGTERM')
    const { status, stdout } = await program.ended
    expect(status).toBe(3)
    const { runs, verdict } = JSON.parse(stdout) as Report
    expect(verdict.status).toBe('inconclusive')
    expect(runs.map(({ requests }) => requests.attempts)).toEqual([0])
  }, 60_000)

  it('a second time leaves at once and says what is left', async () => {
    const program = start('prove', '--report', join(folder, 'twice.json'))
    await program.said('rolling out')
    program.signal('SIGINT')
    await program.said('once more leaves at once')
    // One that comes at once is the same one, passed on by a package manager.
    program.signal('SIGINT')
    await sleep(600)
    program.signal('SIGINT')
    const { status, stderr } = await program.ended
    expect(status).toBe(3)
    expect(stderr).toContain(
      'SIGINT again: left at once, without a report. Every process of the run ends with this one.',
    )
  }, 60_000)
})
