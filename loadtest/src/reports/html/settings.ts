import type { Report } from '../report.js'
import { shownSetting } from '../content/settings.js'
import { markup } from './markup.js'
import type { Markup } from './markup.js'

/** Every setting of the command, defaults included. */
export const settingsSection = ({ settings }: Pick<Report, 'settings'>): Markup =>
  markup`<section id="settings"><h2>Settings</h2>
<details><summary>Every setting of the command</summary><table class="settings"><caption>Settings, defaults included</caption>
<thead><tr><th scope="col">setting</th><th scope="col">value</th></tr></thead>
<tbody>${Object.entries(settings).map(
    ([name, value]) => markup`<tr><th scope="row">${name}</th><td class="mono">${shownSetting(value)}</td></tr>`,
  )}</tbody></table></details></section>`
