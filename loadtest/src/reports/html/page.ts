import { extname } from 'node:path'
import { createHash } from 'node:crypto'
import { clock, count, oneIn, percent } from '../../base/text.js'
import { contentOf } from '../content/content.js'
import type { Content } from '../content/content.js'
import type { ReportFormat } from '../format.js'
import type { Report } from '../report.js'
import { markup, json, Markup, NOTHING } from './markup.js'
import { plotData, SCRIPT, uPlot } from './plots.js'
import { runSection, unansweredOnTop } from './run.js'
import { STYLE } from './style.js'

export const html: ReportFormat = {
  flag: 'html',
  help: 'HTML report, one self-contained page',
  defaultText: 'beside the JSON report, as in report.html',
  defaultFile: (jsonFile) => `${jsonFile.slice(0, jsonFile.length - extname(jsonFile).length)}.html`,
  render: htmlReport,
}

/**
 * Renders a report as one HTML file that works offline. The verdict comes first, then the requests that were not answered, then
 * each run with its pods, charts and tables, the twin beside the service.
 *
 * Text from outside is escaped, and the policy of the page allows no script but its own two.
 */
export function htmlReport(report: Report): string {
  const { runs } = report
  const content = contentOf(report)
  const versions = versionsOf(report)
  const plots = uPlot()
  const body = markup`<main>
    ${verdictSection(report, content)}${unansweredOnTop(content.runs)}
    <div class="runs">
      ${runs.map((run, index) => {
        const found = content.runs[index]
        return found ? runSection(found, run, index, versions) : NOTHING
      })}
    </div>
    <details>
      <summary>Settings</summary>
      <table>
        ${Object.entries(report.settings).map(
          ([name, value]) =>
            markup`<tr>
              <td class="text">${name}</td>
              <td class="text mono">${value === null ? '–' : String(value)}</td>
            </tr>`,
        )}
      </table>
    </details>
    <p class="faint">
      zero-drop ${report.tool.version}. Times are UTC. Seconds count from the start of the rollout. Dashed lines in the
      charts mark SIGTERMs.
    </p>
    <noscript><p class="note">The charts need scripts; everything else is here.</p></noscript>
  </main>`
  const scripts = [plots.script, SCRIPT]
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${scripts.map(hashOf).join(' ')}`
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <title>${content.title}</title>
        <style>
          ${new Markup(plots.style)}${new Markup(STYLE)}
        </style>
      </head>
      <body>
        ${body}<script type="application/json" id="data">
          ${json(runs.map((run) => plotData(run, versions)))}
        </script
        >${scripts.map((script) => markup`<script>${new Markup(script)}</script>`)}
      </body>
    </html> `
  return page.text
}

const hashOf = (script: string): string => `'sha256-${createHash('sha256').update(script).digest('base64')}'`

/** Lists versions in order of their first pod, so that each has one colour on the whole page. */
function versionsOf({ runs }: Report): string[] {
  const pods = runs.flatMap((run) => run.pods.toSorted((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0)))
  const seconds = runs.flatMap(({ traffic }) => traffic.seconds.flatMap(({ answered }) => Object.keys(answered)))
  return [...new Set([...pods.flatMap(({ version }) => version ?? []), ...seconds])]
}

function verdictSection(report: Report, { notes }: Content): Markup {
  const { status, sentence, doubts } = report.verdict
  const [first] = report.runs
  return markup`<div class="verdict ${status}">
      <p>${sentence}</p>
      ${
        doubts.length < 2
          ? NOTHING
          : markup`<ul>
              ${doubts.map((doubt) => markup`<li>${doubt}</li>`)}
            </ul>`
      }
    </div>
    <div class="tiles">
      ${tiles(report).map(
        ({ value, label, tone = '' }) =>
          markup`<div class="tile"><b class="${tone}">${value}</b><span>${label}</span></div>`,
      )}
    </div>
    <p class="faint">
      ${first ? `${new Date(first.startedAt).toISOString().slice(0, 10)}, ${clock(first.startedAt)} UTC. ` : ''}${notes.join(' ')}
    </p>`
}

interface Tile {
  readonly value: string
  readonly label: string
  readonly tone?: 'good' | 'bad'
}

/** The numbers of the verdict, large. */
function tiles({ verdict: { statistics } }: Report): Tile[] {
  const { upperBoundPerRequest: bound, confidence, twinDrops, twinRequests } = statistics
  return [
    { value: count(statistics.requests), label: 'requests' },
    { value: count(statistics.drops), label: 'dropped', tone: statistics.drops > 0 ? 'bad' : 'good' },
    { value: count(statistics.requestsInHazardWindows), label: 'in hazard windows' },
    { value: count(statistics.terminations), label: 'pod terminations' },
    ...(bound === null || bound <= 0
      ? []
      : [{ value: oneIn(bound), label: `at most dropped, at ${percent(confidence)} confidence` }]),
    ...(twinDrops === null
      ? []
      : [{ value: `${count(twinDrops)} of ${count(twinRequests ?? 0)}`, label: 'dropped by the naive twin' }]),
  ]
}
