import { OUTCOMES } from '../../base/attempt.js'
import { clock } from '../../base/text.js'
import { moreSentence, toneOf } from '../content/unanswered.js'
import type { Unanswered } from '../content/unanswered.js'
import type { UnansweredRequest } from '../data/unanswered.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'

/** Renders what to do, and below it the requests that were not answered, at most `most` of them. */
export function unansweredSection(unanswered: Unanswered, most: number): Markup {
  const shown = unanswered.requests.slice(0, most)
  const more = moreSentence(unanswered, shown.length)
  return markup`<ul>
      ${unanswered.advice.map((advice) => markup`<li>${advice}</li>`)}
    </ul>
    <div class="scroll tall">
      <table>
        <thead>
          <tr>
            ${['time (UTC)', 'outcome', 'cause', 'what to do', 'request', 'client saw', 'server logs'].map(
              (header) => markup`<th class="text">${header}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${shown.map(requestRow)}
        </tbody>
      </table>
    </div>
    ${more === undefined ? NOTHING : markup`<p class="faint">${more}</p>`}`
}

const requestRow = (request: UnansweredRequest): Markup =>
  markup`<tr>
    <td class="mono">${clock(request.at)}</td>
    <td class="text ${toneOf(request)}" title="${OUTCOMES[request.outcome].meaning}">${request.outcome}</td>
    <td class="text wrap">${request.cause}</td>
    <td class="text wrap">${request.advice ?? ''}</td>
    <td class="text mono" title="${request.id}">${request.client}: ${request.request}<br />${request.url}</td>
    <td class="text wrap">${request.detail}</td>
    <td class="text wrap">${request.serverSide ?? '–'}</td>
  </tr>`
