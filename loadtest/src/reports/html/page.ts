import { extname } from 'node:path'
import { contentOf } from '../content/content.js'
import type { Content } from '../content/content.js'
import type { ReportFormat } from '../format.js'
import type { Report } from '../report.js'
import { htmlDocument } from './document.js'
import { findingsSection } from './findings.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { dropsOnTop, runSection } from './run.js'
import { settingsSection } from './settings.js'
import { suitePage } from './suite.js'
import { timelineData } from './timeline.js'
import { verdictHeader } from './verdict.js'
import { versionsOf } from './versions.js'

const beside = (jsonFile: string): string => `${jsonFile.slice(0, jsonFile.length - extname(jsonFile).length)}.html`

export const html: ReportFormat = {
  flag: 'html',
  help: 'HTML report, one self-contained page',
  defaultText: 'beside the JSON report, as in report.html',
  defaultFile: beside,
  render: htmlReport,
  suite: {
    help: 'HTML page that links to the page of each scenario',
    defaultText: 'the base name of the reports, as in report.html',
    defaultFile: beside,
    render: suitePage,
  },
}

/**
 * Renders a report as one HTML file that works offline. The verdict comes first, then the requests that were dropped, then each run
 * with its pods, charts and tables.
 */
export function htmlReport(report: Report): string {
  const { runs } = report
  const content = contentOf(report)
  const versions = versionsOf([report])
  const body = markup`<main id="content">
${verdictHeader(report, content)}
${contents(content, report)}
${dropsOnTop(content.runs)}
${runs.map((run, index) => {
  const found = content.runs[index]
  return found ? runSection(found, run, index, versions) : NOTHING
})}
${findingsSection(report)}
${settingsSection(report)}
<footer class="faint"><p>Times are UTC. Seconds count from the start of the rollout.</p></footer>
</main>`
  return htmlDocument({ title: content.title, body, data: runs.map((run) => timelineData(run, versions)) })
}

/** Links to the sections. */
const contents = ({ runs }: Content, { findings }: Report): Markup =>
  markup`<nav aria-label="Sections"><ul>${runs.flatMap(({ name, unanswered, dropsExpected, drops }, index) => [
    ...(unanswered !== null && !dropsExpected && drops > 0
      ? [markup`<li><a href="#run-${index}-drops">Drops of ${name.toLowerCase()}</a></li>`]
      : []),
    markup`<li><a href="#run-${index}">${name}</a></li>`,
  ])}${findings.length === 0 ? NOTHING : markup`<li><a href="#findings">Findings</a></li>`}<li><a href="#settings">Settings</a></li></ul></nav>`
