import { Document, Scalar, type ToStringOptions } from 'yaml'
import { KUBERNETES_YAML } from '../../inputs/yaml/kubernetes-yaml.js'
import { lineBreakOf } from './ranges.js'

/** Returns a value as YAML in the style of a text. Lines after the first one are indented. */
export function blockText(text: string, value: unknown, column: number): string {
  const written = print(new Document(value, KUBERNETES_YAML), { indent: indentOf(text), indentSeq: indentsLists(text) })
  return written.split('\n').join(`${lineBreakOf(text)}${' '.repeat(column)}`)
}

/** Returns a value on one line. In JSON, it is JSON. */
export function flowText(text: string, value: unknown): string {
  if (/^\s*[[{][\s[{]*"/u.test(text)) return JSON.stringify(value)
  const document = new Document(value, { ...KUBERNETES_YAML, flow: true })
  return print(document, { flowCollectionPadding: !/[{[]\w/u.test(text) }).replaceAll(/\n\s*/gu, ' ')
}

/** Returns a number, a boolean or a string, which is quoted as the one before. */
export function scalarText(value: unknown, before?: Scalar): string {
  const scalar = new Scalar(value)
  if (typeof value === 'string' && (before?.type === Scalar.QUOTE_DOUBLE || before?.type === Scalar.QUOTE_SINGLE)) {
    scalar.type = before.type
  }
  return print(new Document(scalar, KUBERNETES_YAML), {})
}

const print = (document: Document, options: ToStringOptions): string =>
  document.toString({ lineWidth: 0, ...options }).trimEnd()

/** Returns by how much a text indents maps. */
export const indentOf = (text: string): number =>
  Math.min(/^\w[^\n]*:[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\n)*( +)\w/mu.exec(text)?.[1]?.length ?? 2, 8)

/** Returns whether a text indents lists below their key. */
function indentsLists(text: string): boolean {
  const [, key = '', dash = ' '] = /^( *)[\w"'][^\n]*:[ \t]*(?:#[^\n]*)?\r?\n( *)- /mu.exec(text) ?? []
  return dash.length > key.length
}
