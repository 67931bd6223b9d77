import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { PROVE_FLAGS } from '../../src/cli/flags/prove-flags.ts'
import type { Report } from '../../src/reports/report.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
/** A manifest of another service. */
const FOREIGN = fileURLToPath(new URL('../fixtures/manifests.yaml', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zero-drop-'))
/** 30 levels of two aliases each: a million million nodes. */
const BOMB = join(folder, 'bomb.yaml')
writeFileSync(
  BOMB,
  `a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]\n`).join('')}`,
)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Started {
  readonly ended: Promise<Ended>
  /** Resolves when stderr contains the text. */
  said(text: string): Promise<void>
  signal(name: NodeJS.Signals): void
}

function start(...args: readonly string[]): Started {
  // Paths are relative to the user's folder, which a package manager passes in INIT_CWD.
  const env = { ...process.env, KUBECONFIG: '', INIT_CWD: folder }
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env })
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

/** The flags that a help text describes. */
const flags = (help: string): string[] => help.match(/^ {2}(?:-[hn], )?--[\w-]+/gm) ?? []

describe('the command line', () => {
  it.each([
    [['prov'], 'unknown command "prov" (did you mean zero-drop prove?)'],
    [['prov', '--help'], 'unknown command "prov" (did you mean zero-drop prove?)'],
    [['help', 'prov'], 'unknown command "prov" (did you mean zero-drop prove?)'],
    [[], 'no command is given: run zero-drop prove, or see zero-drop --help'],
    [['--rate', '3'], 'no command is given before --rate: run zero-drop prove --rate, or see zero-drop --help'],
    [['prove', '--rat', '5'], 'unknown flag --rat (did you mean --rate?)'],
    [['prove', '--seeed=12345'], 'unknown flag --seeed=12345 (did you mean --seed?)'],
    [['prove', '--readiness-pat', '/'], 'unknown flag --readiness-pat (did you mean --readiness-path?)'],
    [['prove', '-x'], 'unknown flag -x: see zero-drop prove --help'],
    [['prove', 'now'], 'unexpected argument "now": it follows no flag; see zero-drop prove --help'],
    [['prove', '--', 'now'], 'unexpected argument "now": it follows no flag; see zero-drop prove --help'],
    [['prove', '--version'], 'unknown flag --version'],
    [['prove', '--rate'], '--rate needs a value: --rate <N>'],
    [['prove', '--rate='], '--rate needs a value: --rate <N>'],
    [['prove', '--rate', '--seed', '3'], '--rate needs a value: --rate <N>'],
    [['prove', '--contains', '-h'], '--contains needs a value: --contains <TEXT>'],
    [['prove', '--seed', '1', '--seed', '2'], '--seed is given twice: give it once'],
    [['prove', '--json', '--json'], '--json is given twice: give it once'],
    [['prove', '--json=yes'], '--json takes no value, but "yes" is given: write --json'],
    [['prove', '--rate', 'fast'], 'invalid --rate "fast": give a number of requests per second from 1 to'],
    [['prove', '--rate', '-5'], 'invalid --rate "-5": give a number of requests per second from 1 to'],
    [['prove', '--seed', '1.5'], 'invalid --seed "1.5": give a whole number from 0 to 4294967295'],
    [['prove', '--until-bound', '5%'], 'invalid --until-bound "5%": give a share from 0.000001 to 0.5'],
    [['prove', '--target', 'docker'], 'invalid --target "docker": choose from local, kubernetes'],
    [['prove', '--scenario', 'kil'], 'invalid --scenario "kil": did you mean kill?'],
    [['prove', '--scenario', 'rollback'], 'invalid --scenario "rollback": choose from set-image, undo, restart'],
    [['prove', '--scenario', 'liveness-restart'], '--scenario liveness-restart cannot run with --target local'],
    [
      ['prove', '--propagation', '300-300'],
      'invalid --propagation "300-300": the delay is in seconds, and a rollout may take 300 s (--timeout)',
    ],
    [['prove', '--propagation', '5'], 'as in 0-30 (0.3-0.3 for 300 ms)'],
    [['prove', '--logs', '/proc/zero-drop'], 'cannot be created: '],
    [['prove', '--profile', 'none.yaml'], 'none.yaml cannot be read: no such file or directory (ENOENT)'],
    [['prove', '--command', 'no-such-program x'], '--command cannot start no-such-program: it is not on the PATH'],
    [['prove', '--command', 'node', '--twin-command', './naive'], 'naive: it is not an executable file'],
    [['prove', '--command', 'node', '--env', 'PORT=5'], '--env sets PORT, which holds the port of each pod'],
    [['prove', '--image', 'x'], '--image has no effect with --target local: use --target kubernetes'],
    [['prove', '--target', 'kubernetes', '--manifests', '.'], '--manifests has no effect with --target kubernetes'],
    [['prove', '--target', 'kubernetes', '--command', 'x'], '--command has no effect with --target kubernetes'],
    [['prove', '--target', 'kubernetes', '--scenario', 'set-image'], '--scenario set-image needs --image'],
    [
      ['prove', '--target', 'kubernetes', '--image', 'x', '--scenario', 'undo'],
      '--image has no effect with --scenario undo',
    ],
    [['prove', '--target', 'kubernetes', '--to-revision', '2'], '--to-revision has no effect with --scenario restart'],
    [['prove', '--target', 'kubernetes', '--url', 'localhost'], 'invalid --url "localhost": give an http or https URL'],
    [
      ['prove', '--target', 'kubernetes', '--url', 'http://me:secret@10.0.0.1/'],
      'invalid --url "http://***@10.0.0.1/": zero-drop sends no user name and no password; leave them out',
    ],
    [['prove', '--manifests', '/dev/zero'], '/dev/zero has more than 16 MiB, which is more than zero-drop reads'],
    [['prove', '--profile', '/dev/zero'], '/dev/zero has more than 16 MiB, which is more than zero-drop reads'],
    [['prove', '--manifests', BOMB], 'bomb.yaml cannot be read as YAML: Excessive alias count'],
    [['prove', '--profile', BOMB], 'bomb.yaml cannot be read as YAML: Excessive alias count'],
    [['prove', '--target', 'kubernetes', '--workload', 'shop'], 'invalid --workload "shop": give KIND/NAME'],
    [
      ['prove', '--target', 'kubernetes', '--workload', 'sts/shop', '--deployment', 'shop'],
      '--deployment cannot be used with --workload: give one of them',
    ],
    [['prove', '--service', 'naive', '--no-twin'], '--no-twin has no effect with --service naive'],
    [['prove', '--service', 'naive', '--repeat', '2'], '--repeat has no effect with --service naive'],
    [['prove', '--report', '/proc/report.json'], 'cannot write --report /proc/report.json: '],
    [['prove', '--report', `${CLI}/report.json`], 'report.json: not a directory (ENOTDIR)'],
    [['prove', '--report', 'no/such/folder/report.json'], 'cannot write --report '],
    [['prove', '--report', '.'], 'it is a folder'],
    [['prove', '--html', 'report.json'], '--html and --report name the same file, '],
    [['prove', '--junit', 'report.json'], '--junit and --report name the same file, '],
    [['suite', '--junit', 'no/such/folder/junit.xml'], 'cannot write --junit '],
    [['suite', '--junit', 'report.undo.html'], '--junit and --html name the same file, '],
    [['watch'], 'nothing to watch is given: give --workload KIND/NAME, once for each workload that rolls, or --url'],
    [['watch', '--url', 'http://127.0.0.1:1', '--context', 'x'], '--context has no effect without --workload'],
    [['prove', '--target', 'kubernetes', '--workload', 'rollout/shop'], 'run zero-drop watch with it'],
    [['watch', '--workload', 'shop'], 'invalid --workload "shop": give KIND/NAME'],
    [
      ['watch', '--workload', 'deploy/shop', '--', 'no-such-program', '--rate', 'x'],
      'the command after -- cannot start no-such-program: it is not on the PATH',
    ],
    [['watch', '--workload', 'deploy/shop', 'helm', '--install'], 'unknown flag --install'],
    [['watch', '--workload', 'deploy/shop', '--for', 'ever'], 'invalid --for "ever": give a number of seconds'],
    [['watch', '--workload', 'deploy/shop', '--kubeconfig', 'no-such-file'], 'no-such-file does not exist'],
    [['suite', '--scenario', 'undo'], 'unknown flag --scenario (did you mean --scenarios?)'],
    [['prove', '--quiet', '--manifests', 'no-such-folder'], 'no-such-folder does not exist'],
    // A path that exists in this repository only.
    [['prove', '--quiet', '--manifests', 'k8s/base'], 'k8s/base does not exist'],
    [
      ['prove', '--quiet', '--manifests', FOREIGN],
      'manifests.yaml:26: Deployment shop: spec.template.spec.containers[0].image is example.org/shop:v1, and zero-drop runs no containers on this machine: give the program with --command beside --manifests',
    ],
    [
      ['suite', '--target', 'kubernetes', '--image', 'x', '--scenarios', 'undo,restart'],
      '--image has no effect without the scenario set-image: add set-image to --scenarios, or leave --image out',
    ],
    [
      ['prove', '--target', 'kubernetes', '--twin-command', 'node naive.js && true'],
      'invalid --twin-command "node naive.js && true": no shell runs it',
    ],
    [['prove', '--target', 'kubernetes', '--kubeconfig', 'no-such-file'], 'no-such-file does not exist'],
  ])('%j prints one sentence to stderr and exits with 2', async (args, text) => {
    const { status, stdout, stderr } = await run(...args)
    expect(stderr).toContain(text)
    expect(stderr).toMatch(/^zero-drop: [^\n]+\n$/)
    expect([status, stdout]).toEqual([2, ''])
    expect(existsSync(join(folder, 'report.json'))).toBe(false)
  })

  it.each([
    [['--help'], 'Usage: zero-drop <command>'],
    [['-h'], 'Usage: zero-drop <command>'],
    [['help'], 'Usage: zero-drop <command>'],
    [['prove', '--help'], '--rate <N>'],
    [['help', 'prove'], '--rate <N>'],
    [['--help', 'prove'], '--rate <N>'],
    [['suite', '-h'], '--scenarios <NAMES>'],
    [['prove', '--help-all'], '--grace-period <SECONDS>'],
    [['suite', '--help-all'], '--grace-period <SECONDS>'],
    [['watch', '--url', 'http://127.0.0.1:1', '--dry-run', '--path', '/x', '--', 'node'], 'Requests  those of GET /x'],
    [['watch', '--help'], 'zero-drop watch [flags] [-- COMMAND]'],
    [['watch', '--help-all'], '--kubeconfig <FILE>'],
    [['init', '--help'], '--websocket <PATH>'],
    [['self-test', '--help'], '--json'],
    [['--version'], '0.'],
    [['-V'], '0.'],
    [['version'], '0.'],
  ])('%j prints to stdout and exits with 0', async (args, text) => {
    const { status, stdout, stderr } = await run(...args)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain(text)
  })

  it('prove --help shows thirteen flags and --help-all every flag, within 80 columns in a pipe', async () => {
    const [usual, all] = await Promise.all([run('prove', '--help'), run('prove', '--help-all')])
    expect(flags(usual.stdout)).toHaveLength(13 + 2)
    expect(flags(all.stdout)).toHaveLength(PROVE_FLAGS.flatMap((group) => Object.keys(group.flags)).length + 2)
    const lines = `${usual.stdout}\n${all.stdout}`.split('\n')
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })
})

describe('--junit', () => {
  it('reports a proof that could not run', async () => {
    const path = join(folder, 'could-not-run.xml')
    const { status, stderr } = await run('prove', '--quiet', '--manifests', 'no-such-folder', '--junit', path)
    expect(status).toBe(2)
    const sentence = /^zero-drop: (.+)$/m.exec(stderr)?.[1] ?? ''
    expect(sentence).toContain('no-such-folder does not exist')
    expect(readFileSync(path, 'utf8')).toContain(`<error type="could not run" message="${sentence}">`)
  })
})

describe('Ctrl-C', () => {
  it('stops the load, restores the target, writes the report and exits with 3', async () => {
    const report = join(folder, 'interrupted.json')
    const junit = join(folder, 'interrupted.xml')
    const program = start('prove', '--rate', '50', '--report', report, '--junit', junit)
    await program.said('rolling out')
    program.signal('SIGINT')
    const { status, stdout, stderr } = await program.ended
    expect(stderr).toContain('SIGINT: stopping the load and restoring the target')
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

  it('stops a target that is still starting and exits with 3; no report has the value of --env', async () => {
    const program = start('prove', '--report', join(folder, 'early.json'), '--json', '--env', 'TOKEN=s3cret')
    await program.said('starting')
    program.signal('SIGTERM')
    const { status, stdout } = await program.ended
    expect(status).toBe(3)
    const { runs, verdict, settings } = JSON.parse(stdout) as Report
    expect(verdict.status).toBe('inconclusive')
    expect(runs.map(({ requests }) => requests.attempts)).toEqual([0])
    expect(settings['env']).toEqual(['TOKEN=***'])
    const written = ['early.json', 'early.html'].map((name) => readFileSync(join(folder, name), 'utf8'))
    expect([stdout, ...written].filter((text) => text.includes('s3cret'))).toEqual([])
  }, 60_000)

  it('exits at once the second time and says what is left', async () => {
    const program = start('prove', '--report', join(folder, 'twice.json'))
    await program.said('rolling out')
    program.signal('SIGINT')
    await program.said('another SIGINT exits at once')
    // A second signal within half a second is the first one, forwarded by a package manager.
    program.signal('SIGINT')
    await sleep(600)
    program.signal('SIGINT')
    const { status, stderr } = await program.ended
    expect(status).toBe(3)
    expect(stderr).toContain('SIGINT again: exiting at once, without a report. The processes of the run exit too.')
  }, 60_000)
})
