import { UsageError } from '../../src/base/errors.ts'
import { describe, expect, it, test } from 'vitest'
import { readSuiteSettings } from '../../src/cli/settings/suite-settings.ts'
import type { Proof } from '../../src/proof/prove.ts'
import { suiteReport } from '../../src/reports/suite.ts'
import { runSuite, worst } from '../../src/proof/suite.ts'
import type { SuiteRow, SuiteStep } from '../../src/proof/suite.ts'

const proof = (exitStatus: 0 | 1 | 3): Proof => ({
  runs: [],
  twinSkipped: undefined,
  selfTest: undefined,
  verdict: {
    status: exitStatus === 0 ? 'proven' : exitStatus === 1 ? 'drops' : 'inconclusive',
    exitStatus,
    sentence: `A sentence with ${exitStatus}.`,
    doubts: [],
    statistics: {
      requests: 12_345,
      drops: exitStatus,
      terminations: 3,
      twinDrops: 7,
    } as Proof['verdict']['statistics'],
  },
})

const step = (scenario: SuiteStep['scenario'], prove: () => Promise<Proof>): SuiteStep => ({
  scenario,
  report: `report.${scenario}.json`,
  prove,
})

const run = (steps: readonly SuiteStep[], signal = new AbortController().signal): Promise<SuiteRow[]> =>
  runSuite(steps, signal, () => {})

describe('a suite', () => {
  it('runs scenarios one after the other; one that cannot run does not stop the others', async () => {
    const order: string[] = []
    const seen: string[] = []
    const rows = await runSuite(
      [
        step('set-image', async () => {
          order.push('set-image begins')
          await new Promise((resolve) => setTimeout(resolve, 20))
          order.push('set-image ends')
          return proof(0)
        }),
        step('drain-node', () => Promise.reject(new UsageError('one node is too few'))),
        step('undo', () => {
          order.push('undo')
          return Promise.resolve(proof(1))
        }),
      ],
      new AbortController().signal,
      ({ scenario, status }) => seen.push(`${scenario} ${status}`),
    )
    expect(order).toEqual(['set-image begins', 'set-image ends', 'undo'])
    expect(seen).toEqual(['set-image proven', 'drain-node could not run', 'undo drops'])
    expect(rows.map(({ report }) => report)).toEqual(['report.set-image.json', null, 'report.undo.json'])
    const timeless = rows.map((row) => ({ ...row, durationMs: 0 }))
    expect(
      suiteReport(timeless, { files: ['report.html'] })
        .split('\n')
        .map((line) => line.split(/ {2,}/u)),
    ).toEqual([
      ['scenario', 'requests', 'drops', 'terminations', 'twin drops', 'time', 'verdict'],
      ['set-image', '12,345', '0', '3', '7', '–', 'proven'],
      ['drain-node', '0', '0', '0', '–', '–', 'could not run'],
      ['undo', '12,345', '1', '3', '7', '–', 'drops'],
      [''],
      ['drain-node: one node is too few'],
      ['undo: A sentence with 1.'],
      [''],
      ['Report: report.html'],
      ['1 of 3 scenarios proven.'],
      [''],
    ])
  })

  it('runs no scenario after an interruption', async () => {
    const controller = new AbortController()
    const interrupted = step('set-image', () => {
      controller.abort()
      return Promise.resolve(proof(3))
    })
    const rows = await run([interrupted, step('undo', () => Promise.resolve(proof(0)))], controller.signal)
    expect(rows.map(({ status }) => status)).toEqual(['inconclusive', 'not run'])
    expect(worst(rows)).toBe(3)
  })

  it.each([
    [[0, 0], 0],
    [[0, 3], 3],
    [[3, 1], 1],
    [[1, 0], 1],
  ] as const)('has, for %j, the exit code %j', async (statuses, expected) => {
    expect(worst(await run(statuses.map((status) => step('undo', () => Promise.resolve(proof(status))))))).toBe(
      expected,
    )
  })

  it('ranks a scenario that cannot run, or that breaks the harness, above drops', async () => {
    const drops = step('undo', () => Promise.resolve(proof(1)))
    const unusable = step('kill', () => Promise.reject(new UsageError('no')))
    const broken = step('restart', () => Promise.reject(new Error('a bug')))
    expect(worst(await run([drops, unusable]))).toBe(2)
    expect(worst(await run([drops, unusable, broken]))).toBe(4)
  })
})

const last = (path: string | undefined): string | undefined => path?.split('/').slice(-2).join('/')

const names = (args: readonly string[]): string[] =>
  readSuiteSettings(args).proofs.map(({ scenario }) => scenario.scenario.name)

describe('the command line of a suite', () => {
  it('is one of prove for each scenario, with the flags that are its own', () => {
    const { proofs } = readSuiteSettings([
      '--scenarios',
      'undo,delete-pod',
      '--pods',
      '2',
      '--rate',
      '50',
      '--no-twin',
      '--report',
      'out/r.json',
    ])
    expect(proofs.map(({ scenario }) => [scenario.scenario.name, scenario.values])).toEqual([
      ['undo', {}],
      ['delete-pod', { pods: 2 }],
    ])
    expect(proofs.map(({ rate, twin }) => [rate, twin])).toEqual([
      [50, false],
      [50, false],
    ])
    expect(proofs.map(({ reportFiles }) => reportFiles.get('report')?.split('/').slice(-2).join('/'))).toEqual([
      'out/r.undo.json',
      'out/r.delete-pod.json',
    ])
  })

  it('writes a page that links to those of the scenarios, beside them', () => {
    const { reportFiles, proofs } = readSuiteSettings(['--scenarios', 'undo', '--report', 'out/r.json'])
    expect([...reportFiles].map(([flag, path]) => [flag, last(path)])).toEqual([['html', 'out/r.html']])
    expect(last(proofs[0]?.reportFiles.get('html'))).toBe('out/r.undo.html')
    expect(readSuiteSettings(['--html', 'all.html']).reportFiles.get('html')).toMatch(/all\.html$/)
    expect(() => readSuiteSettings(['--scenarios', 'undo', '--html', 'report.undo.html'])).toThrow(
      'report.undo.html, the report of one scenario: name another file',
    )
  })

  it('has every scenario of the target by default', () => {
    expect(names([])).toContain('drain-node')
    expect(names([]).length).toBeGreaterThan(9)
    expect(names(['--target', 'kubernetes'])).not.toContain('set-image')
    expect(names(['--target', 'kubernetes', '--image', 'x:2'])).toContain('set-image')
  })

  test.each([
    [['--scenarios', 'undo,drain'], 'invalid --scenarios "drain": choose from set-image, undo, '],
    [['--scenarios', 'undo,kil'], 'invalid --scenarios "kil": did you mean kill?'],
    [['--scenarios', 'undo,undo'], 'invalid --scenarios "undo,undo": undo is named twice; name it once'],
    [
      ['--scenarios', 'undo', '--pods', '2'],
      '--pods has no effect without the scenario delete-pod: add delete-pod to --scenarios, or leave --pods out',
    ],
    [['--scenario', 'undo'], 'unknown flag --scenario (did you mean --scenarios?)'],
  ])('%j', (args, expected) => {
    expect(() => readSuiteSettings(args)).toThrow(expected)
  })
})
