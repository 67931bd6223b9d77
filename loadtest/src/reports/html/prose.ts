import { markup } from './markup.js'
import type { Markup } from './markup.js'

/** Renders text that may quote the output of a program: its first line as a paragraph, the lines after it as they are. */
export function prose(text: string, kind = ''): Markup {
  const at = text.indexOf('\n')
  if (at === -1) return markup`<p class="${kind}">${text}</p>`
  return markup`<p class="${kind}">${text.slice(0, at)}</p><pre tabindex="0" class="${kind}">${text.slice(at + 1)}</pre>`
}
