import { createHash } from 'node:crypto'
import { json, markup, Markup, NOTHING } from './markup.js'
import { SCRIPT } from './script.js'
import { STYLE } from './style.js'

export interface DocumentParts {
  readonly title: string
  readonly body: Markup
  /** For the script of the page. */
  readonly data?: unknown
}

/**
 * Renders one HTML file that works offline, also from `file://`. Its policy allows no script but its own, and nothing from the network.
 *
 * @param data null: the page has no script
 */
export function htmlDocument({ title, body, data = null }: DocumentParts): string {
  const source = data === null ? "'none'" : `'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; script-src ${source}`
  const scripts =
    data === null
      ? NOTHING
      : markup`<script type="application/json" id="data">${json(data)}</script><script>${new Markup(SCRIPT)}</script>`
  return `${
    markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
${body}
${scripts}
</body>
</html>`.text
  }\n`
}
