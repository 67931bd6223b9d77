import { plural } from '../../base/text.js'
import type { Report } from '../report.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { prose } from './prose.js'

/** More findings than these are in the JSON report alone. */
const MOST = 50

/** Renders the findings of `zero-drop doctor` before the runs. */
export function findingsSection({ findings }: Pick<Report, 'findings'>): Markup {
  if (findings.length === 0) return NOTHING
  const more = findings.length - MOST
  return markup`<section id="findings" aria-labelledby="findings-title">
<h2 id="findings-title">${plural(findings.length, 'finding')} of zero-drop doctor before the rollout</h2>
<ul class="findings">${findings
    .slice(0, MOST)
    .map(
      ({ severity, rule, object, place, message, instead }) =>
        markup`<li><b class="${severity === 'error' ? 'bad' : 'doubt'}">${severity}</b> ${object} <span class="faint">${place} (${rule})</span>${prose(message)}${prose(`Instead: ${instead}`, 'faint')}</li>`,
    )}</ul>
${more > 0 ? markup`<p class="faint">… and ${plural(more, 'more finding')}, in the JSON report</p>` : NOTHING}
</section>`
}
