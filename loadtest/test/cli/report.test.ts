import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { messageOf } from '../../src/base/errors.ts'
import { failureStatus } from '../../src/base/exit-status.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import { htmlReport } from '../../src/reports/html/page.ts'
import type { Report } from '../../src/reports/report.ts'
import { SCHEMA_VERSION } from '../../src/reports/report.ts'
import { textReport } from '../../src/reports/text.ts'
import { interrupted, rolledOut } from '../fixtures/reports.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zero-drop-report-'))
const at = (name: string): string => join(folder, name)

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the installed program. */
const start = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    // Under a package manager, paths are relative to INIT_CWD.
    const env = { ...process.env, INIT_CWD: folder }
    execFile(process.execPath, [CLI, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })

/** Runs a command line in this process, which is faster. File names are those of the folder. */
async function run(...args: readonly string[]): Promise<Ended> {
  let stdout = ''
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((stdout += String(text))))
  const words = args.map((word) => (/\.(?:json|html|xml)$/.test(word) ? at(word) : word))
  try {
    const status = await runCommandLine(words)
    return { status, stdout, stderr: '' }
  } catch (error) {
    return { status: failureStatus(error), stdout, stderr: messageOf(error) }
  } finally {
    written.mockRestore()
  }
}

const read = (name: string): string => readFileSync(at(name), 'utf8')

const proven = ((report: Report): Report => ({
  ...report,
  verdict: { ...report.verdict, status: 'proven', exitStatus: 0 },
}))(rolledOut())
const dropping = { ...rolledOut({ drops: 50 }), settings: { scenario: 'undo', rate: 400 } }

beforeAll(() => {
  const given = { 'proven.json': proven, 'drops.json': dropping, 'interrupted.json': interrupted() }
  for (const [name, report] of Object.entries(given)) writeFileSync(at(name), JSON.stringify(report))
  writeFileSync(at('old.json'), JSON.stringify({ ...proven, schemaVersion: 3 }))
  writeFileSync(at('damaged.json'), JSON.stringify({ ...proven, verdict: { ...proven.verdict, doubts: 'none' } }))
  writeFileSync(at('newer.json'), JSON.stringify({ ...proven, more: { field: 1 } }))
  writeFileSync(at('other.json'), '{"schemaVersion": 4}')
  writeFileSync(at('text.json'), 'Proven.')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('zero-drop report', () => {
  it('renders a report again from the JSON report alone, as the run did', async () => {
    const { status, stdout } = await start('report', 'drops.json', '--html', 'again.html', '--junit', 'again.xml')
    expect(status).toBe(0)
    expect(stdout).toBe(textReport(dropping, { files: [at('again.html'), at('again.xml')] }))
    expect(read('again.html')).toBe(htmlReport(dropping))
    expect(read('again.xml')).toContain('<failure type="drops"')
  })

  it('prints everything with --verbose, and writes nothing that was not asked for', async () => {
    const { stdout } = await run('report', '--verbose', 'proven.json')
    expect(stdout).toBe(textReport(proven, { verbose: true }))
    expect(existsSync(at('proven.html'))).toBe(false)
  })

  it('renders several reports as a suite, with a page for each and one that links to them', async () => {
    const { status, stdout } = await run('report', 'proven.json', 'drops.json', '--html', 'index.html')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^set-image +960 +0 /m)
    expect(stdout).toMatch(/^undo +1,010 +50 /m)
    expect(read('index.html')).toContain('<a href="proven.html">set-image</a>')
    expect(read('index.html')).toContain('<a href="drops.html">undo</a>')
    expect(read('drops.html')).toBe(htmlReport(dropping))
  })

  it('names reports of the same scenario by their files', async () => {
    const { stdout } = await run('report', 'proven.json', 'interrupted.json')
    expect(stdout).toMatch(/^proven +960 /m)
    expect(stdout).toMatch(/^interrupted +960 /m)
  })

  it('reads a report with a field that it does not know', async () => {
    expect((await run('report', 'newer.json')).status).toBe(0)
  })

  it.each([
    [['report'], 'no report is given: run zero-drop report report.json'],
    [['report', 'missing.json'], `${at('missing.json')} cannot be read: no such file or directory`],
    [['report', 'text.json'], `${at('text.json')} is not JSON: name a file that --report has written`],
    [['report', 'other.json'], `${at('other.json')} is not a report of zero-drop`],
    [
      ['report', 'old.json'],
      `old.json has schemaVersion 3, and this zero-drop reads ${SCHEMA_VERSION}: use the zero-drop that wrote it`,
    ],
    [
      ['report', 'damaged.json'],
      'damaged.json does not fit this zero-drop at verdict.doubts (expected array, received string): zero-drop 1.2.3 wrote it',
    ],
    [['report', 'proven.json', '--html', 'proven.json'], '--html would overwrite the report'],
    [['report', 'proven.json', '--html', 'no/such/page.html'], 'cannot write --html'],
    [['compare', 'proven.json'], 'compare needs two reports, but got 1'],
    [['compare', 'proven.json', 'old.json'], 'old.json has schemaVersion 3'],
  ])('refuses %j with one sentence and exit code 2', async (args, message) => {
    const { status, stdout, stderr } = await run(...args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('zero-drop compare', () => {
  it.each([
    ['proven.json', 'drops.json', 1, 'B is worse: B dropped 50 of 1,010 requests (4.95 %), A 0 of 960 requests.'],
    ['drops.json', 'proven.json', 0, 'B is better: B dropped 0 of 960 requests, A 50 of 1,010 requests (4.95 %).'],
    ['proven.json', 'interrupted.json', 3, 'B proves less: it is inconclusive, and A is proven'],
    ['drops.json', 'drops.json', 0, 'B is no worse'],
  ])('of %s and %s ends with status %i', async (before, after, expected, sentence) => {
    const { status, stdout } = await run('compare', before, after)
    expect(status).toBe(expected)
    expect(stdout.trimEnd().split('\n').at(-1)).toContain(sentence)
  })

  it('shows verdicts, drops, pods, margins, latencies, and the settings that differ, as text and as HTML', async () => {
    const { status, stdout } = await start('compare', 'proven.json', 'drops.json', '--html', 'compared.html')
    expect(status).toBe(1)
    const rows = [
      /^verdict +proven +drops +differs$/m,
      /^dropped +0 +50 +\+50$/m,
      /^truncated +0 +10 +\+10$/m,
      /^least time to spare /m,
      /^exits +0 +0 +same$/m,
      /^keep-alive +1.9 ms \/ 34 ms \/ 5.1 s +1.9 ms \/ 34 ms \/ 5.1 s +same$/m,
      /^rate +200 +400 +differs$/m,
    ]
    for (const row of rows) expect(stdout).toMatch(row)
    expect(stdout).not.toMatch(/^profile /m)
    const page = read('compared.html')
    for (const caption of [
      'Verdict',
      'Drops by outcome',
      'Pods and margins',
      'Latency: p50 / p99 / max',
      'Settings that differ',
    ]) {
      expect(page).toContain(`<caption>${caption}</caption>`)
    }
    expect(page.match(/<figure class="timeline"/g)).toHaveLength(2)
  })
})
