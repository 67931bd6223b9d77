import { createHash } from 'node:crypto'
import type { Report } from '../json.js'
import { markup, json, Markup, NOTHING } from './markup.js'
import { plotData, SCRIPT, uPlot } from './plots.js'
import { dropsOnTop, runSection, selfTestNote } from './run-section.js'
import { STYLE } from './style.js'
import { clock, count } from './words.js'

/**
 * `report.markup`: one file that works offline and holds everything, made of what is in `report.json`. The verdict comes first,
 * then what was dropped and why, then each run with its pods, its traffic and its latencies, the twin beside the service.
 * Whatever came from outside is escaped, and the page's policy lets no script run but its own two.
 */
export function htmlReport(report: Report): string {
  const { runs } = report
  const versions = versionsOf(report)
  const plots = uPlot()
  const dropsShown = (role: string): boolean => role === 'service' || runs.length === 1
  const body = markup`<main>
    ${verdict(report)}${dropsOnTop(runs)}
    <div class="runs">${runs.map((run, index) => runSection(run, index, versions, dropsShown(run.role)))}</div>
    ${report.twinSkipped === null ? NOTHING : markup`<p class="note">The naive twin did not run: ${report.twinSkipped}.</p>`}
    <details>
      <summary>How it was called</summary>
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
      zero-drop ${report.tool.version}. Times are UTC; seconds count from the moment at which the rollout began. Dashed
      lines in the plots are SIGTERMs.
    </p>
    <noscript><p class="note">Without scripts there are no plots; everything else is here.</p></noscript>
  </main>`
  const scripts = [plots.script, SCRIPT]
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${scripts.map(hashOf).join(' ')}`
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <title>${title(report)}</title>
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

const title = ({ verdict: { status, statistics } }: Report): string =>
  `${status}: ${count(statistics.drops)} of ${count(statistics.requests)} requests dropped`

/** Old ones first, so that a version has one colour in all of a page. */
function versionsOf({ runs }: Report): string[] {
  const pods = runs.flatMap((run) => run.pods.toSorted((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0)))
  const seconds = runs.flatMap(({ traffic }) => traffic.seconds.flatMap(({ answered }) => Object.keys(answered)))
  return [...new Set([...pods.flatMap(({ version }) => version ?? []), ...seconds])]
}

function verdict(report: Report): Markup {
  const { status, sentence, doubts, statistics } = report.verdict
  const bound = statistics.upperBoundPerRequest
  const tiles: [string, string, string?][] = [
    [count(statistics.requests), 'requests'],
    [count(statistics.drops), 'dropped', statistics.drops > 0 ? 'bad' : 'good'],
    [count(statistics.requestsInHazardWindows), 'in hazard windows'],
    [count(statistics.terminations), 'pod terminations'],
    ...(bound === null || bound <= 0
      ? []
      : [
          [`1 in ${count(Math.floor(1 / bound))}`, `at most, ${Math.round(statistics.confidence * 100)} % sure`] as [
            string,
            string,
          ],
        ]),
    ...(statistics.twinDrops === null
      ? []
      : [
          [`${count(statistics.twinDrops)} of ${count(statistics.twinRequests ?? 0)}`, 'dropped by the naive twin'] as [
            string,
            string,
          ],
        ]),
  ]
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
      ${tiles.map(
        ([value, label, kind = '']) =>
          markup`<div class="tile"><b class="${kind}">${value}</b><span>${label}</span></div>`,
      )}
    </div>
    <p class="faint">
      ${first ? `${new Date(first.startedAt).toISOString().slice(0, 10)}, ${clock(first.startedAt)} UTC. ` : ''}${selfTestNote(report)}
    </p>`
}
