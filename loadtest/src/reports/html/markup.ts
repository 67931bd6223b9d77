/** Text that is already HTML. All other text is escaped. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Content = Markup | string | number | readonly (Markup | string | number)[]

/**
 * Builds HTML. Values are escaped, for text and for quoted attributes. Markup from this tag is not escaped again, and lists are
 * joined.
 *
 * @example
 * markup`<td title="${pod}">${pods.map((each) => markup`<b>${each}</b>`)}</td>`
 */
export const markup = (parts: TemplateStringsArray, ...values: readonly Content[]): Markup =>
  new Markup(parts.map((part, index) => `${part}${index < values.length ? render(values[index] ?? '') : ''}`).join(''))

const render = (value: Content): string => {
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(render).join('')
  return escape(String(value))
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

// HTML does not allow control characters, but a header or a body of a service may contain them.
const escape = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- these characters are replaced
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll(/[&<>"']/g, (found) => ESCAPED[found] ?? found)

/** Renders data for a script element. No text in it can end the element. */
export const json = (value: unknown): Markup =>
  new Markup(
    JSON.stringify(value)
      .replaceAll('<', String.raw`\u003C`)
      .replaceAll('\u2028', String.raw`\u2028`),
  )

export const NOTHING: Markup = new Markup('')
