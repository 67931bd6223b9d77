import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { reportOf } from '../../src/reports/report.ts'
import { judge } from '../../src/verdict/verdict.ts'
import type { RunRecord } from '../../src/verdict/story/run-record.ts'
import { DROPPING, failureAt, PASSED, record } from '../fixtures/record.ts'

const SUMMARY = fileURLToPath(new URL('../../../action/summary.mjs', import.meta.url))
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** The outputs of the step of the action that writes the summary. */
interface Written {
  readonly annotations: readonly string[]
  readonly summary: string
  readonly outputs: readonly string[]
}

function write(rounds: readonly RunRecord[], twin: RunRecord | undefined): Written {
  const folder = mkdtempSync(join(tmpdir(), 'summary-'))
  folders.push(folder)
  const twinSkipped = twin === undefined ? '--no-twin' : undefined
  const verdict = judge({ rounds, twin, twinSkipped, selfTest: PASSED })
  const runs = [...rounds, ...(twin === undefined ? [] : [{ ...twin, role: 'twin' as const }])]
  const report = reportOf({ runs, verdict, twinSkipped, selfTest: PASSED }, {}, '1.2.3')
  writeFileSync(join(folder, 'report.json'), JSON.stringify(report))
  const [output, summary] = [join(folder, 'output'), join(folder, 'summary')]
  const env = { ...process.env, STATUS: '0', REPORTS: folder, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary }
  const stdout = execFileSync(process.execPath, [SUMMARY], { env, encoding: 'utf8' })
  return {
    annotations: stdout.trimEnd().split('\n'),
    summary: readFileSync(summary, 'utf8'),
    outputs: readFileSync(output, 'utf8').trimEnd().split('\n'),
  }
}

describe('the summary of the GitHub Action', () => {
  it('of a proven run is a notice, with the drops of the twin in the table and no cause', () => {
    const notProcessed = { ...failureAt(1_500, 'old-0'), outcome: 'not-processed' as const }
    const { annotations, summary, outputs } = write([record({ failures: [notProcessed] })], DROPPING)
    expect(annotations).toEqual([expect.stringMatching(/^::notice title=zero-drop%3A proven::Proven: 0 of 9,000 /u)])
    expect(summary).toMatch(/^## zero-drop: proven\n/u)
    expect(summary).toContain('| 9000 | 0 | 3000 | 3 | 43 |')
    expect(summary).not.toContain('### Causes')
    expect(outputs).toEqual([
      'verdict=proven',
      'drops=0',
      'requests=9000',
      expect.stringMatching(/^sentence=Proven: /u),
    ])
  })

  it('of an inconclusive run is a warning, with its doubts', () => {
    const { annotations, summary, outputs } = write([record()], undefined)
    expect(annotations).toEqual([expect.stringMatching(/^::warning title=zero-drop%3A inconclusive::/u)])
    expect(summary).toContain('### Why this is no proof\n\n- there is no naive twin')
    expect(outputs[0]).toBe('verdict=inconclusive')
  })

  it('of a run with drops has an error for the verdict and for each cause, most frequent first', () => {
    const failures = [failureAt(1_500, 'old-0'), failureAt(1_600, 'old-0'), failureAt(500, undefined)]
    const { annotations, summary } = write([record({ failures, outcomes: { reset: 3 } })], undefined)
    expect(annotations.map((line) => line.split('::')[1])).toEqual([
      'error title=zero-drop%3A drops',
      'error title=zero-drop%3A 2 dropped',
      'error title=zero-drop%3A 1 dropped',
    ])
    expect(summary).toContain('### Causes\n')
  })

  it('shows text of pods as text: no command, no Markdown, no HTML', () => {
    const failure = { ...failureAt(1_500, '<b>\n::error::|x'), outcome: 'reset' as const }
    const { annotations, summary } = write([record({ failures: [failure], outcomes: { reset: 1 } })], undefined)
    expect(annotations.filter((line) => line.startsWith('::error::'))).toEqual([])
    expect(annotations).toHaveLength(2)
    expect(summary).not.toMatch(/<b>|::error::\|/u)
  })
})
