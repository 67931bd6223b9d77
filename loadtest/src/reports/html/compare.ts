import type { Comparison } from '../content/comparison/comparison.js'
import type { Report, RunReport } from '../report.js'
import { htmlDocument } from './document.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { prose } from './prose.js'
import { htmlTable } from './table.js'
import { timeline, timelineData } from './timeline.js'
import { versionsOf } from './versions.js'

const KINDS: Readonly<Record<Comparison['status'], string>> = {
  worse: 'drops',
  weaker: 'inconclusive',
  'no worse': 'proven',
}

/** Renders two reports side by side as one HTML file. */
export function comparePage(comparison: Comparison, reports: readonly [Report, Report]): string {
  const { status, sentence, names, verdicts, tables } = comparison
  const versions = versionsOf(reports)
  const runs = reports.map(({ runs: [first] }) => first)
  const body = markup`<main id="content">
<header class="verdict ${KINDS[status]}">
<p class="over-title"><span class="badge">${status}</span> zero-drop compare</p>
<h1>${sentence}</h1>
${verdicts.map((verdict, index) => prose(`${letter(index)}: ${verdict}`))}
</header>
<section aria-labelledby="numbers"><h2 id="numbers">Numbers</h2>
${tables.map(({ caption, table }) => htmlTable(table, caption))}
</section>
${runs.map((run, index) =>
  run === undefined ? NOTHING : runFigure(run, index, `${letter(index)}: ${names[index] ?? ''}`, versions),
)}
</main>`
  const data = runs.map((run) => (run === undefined ? null : timelineData(run, versions)))
  return htmlDocument({ title: `${status}: ${names.join(' and ')}`, body, data })
}

const letter = (index: number): string => (index === 0 ? 'A' : 'B')

const runFigure = (run: RunReport, index: number, name: string, versions: readonly string[]): Markup =>
  markup`<section aria-labelledby="run-${index}-title"><h2 id="run-${index}-title">${name}</h2>
<p class="faint">${run.description}</p>
${timeline(run, versions, index)}</section>`
