import { isCollection, isMap, isScalar, Scalar, type YAMLMap } from 'yaml'
import { blockText, flowText, indentOf, scalarText } from './render.js'
import { afterColon, columnOf, endOf, lineBreakOf, lineEnd, startOf, type Splice, type Step } from './ranges.js'

/** Adds a field at the end of a map. */
export function appended(text: string, map: YAMLMap, key: string, value: unknown): Splice | undefined {
  const [first] = map.items
  if (map.flow === true) return appendedToFlow(text, map, { [key]: value })
  const column = columnOf(text, startOf(first?.key))
  const end = afterComments(text, lineEnd(text, endOf(text, map)), column)
  const pair = blockText(text, { [key]: value }, column)
  return { start: end, end, text: `${lineBreakOf(text)}${' '.repeat(column)}${pair}` }
}

/** Returns the end of the comments that are indented by more than a column: they belong to what is above them. */
function afterComments(text: string, start: number, column: number): number {
  const comment = new RegExp(`(?:\\r?\\n[ \\t]*)*\\r?\\n {${column + 1},}#[^\\r\\n]*`, 'uy')
  comment.lastIndex = start
  let end = start
  while (comment.test(text)) end = comment.lastIndex
  return end
}

function appendedToFlow(text: string, map: YAMLMap, value: Readonly<Record<string, unknown>>): Splice {
  const [from = 0, to = 0] = map.range ?? []
  const [first] = map.items
  const written = flowText(text, value)
  if (first === undefined) return { start: from, end: to, text: written }
  const pair = written.slice(1, -1).trim()
  const last = endOf(text, map.items.at(-1))
  const line = text.lastIndexOf('\n', startOf(first.key))
  if (line < from) return { start: last, end: last, text: `, ${pair}` }
  // One line for each field. What is behind the last one, such as a comment, stays there.
  const end = Math.min(lineEnd(text, last), to - 1)
  const comma = /^\s*,/u.test(text.slice(last, end)) ? '' : ','
  const indent = text.slice(line + 1, startOf(first.key))
  return { start: last, end, text: `${comma}${text.slice(last, end)}${lineBreakOf(text)}${indent}${pair}` }
}

/** Writes a map in the place of null. */
export function opened(text: string, steps: readonly Step[], value: unknown): Splice | undefined {
  const step = steps.at(-1)
  const parent = steps.at(-2)?.node
  if (step?.pair === undefined || !isNull(step.node)) return undefined
  const colon = afterColon(text, step.pair)
  const end = endOf(text, step.pair)
  if (isMap(parent) && parent.flow === true) return { start: colon, end, text: ` ${flowText(text, value)}` }
  const column = columnOf(text, startOf(step.pair.key)) + indentOf(text)
  const line = lineEnd(text, end)
  const comment = text.slice(end, line).trimEnd()
  return {
    start: colon,
    end: line,
    text: `${comment}${lineBreakOf(text)}${' '.repeat(column)}${blockText(text, value, column)}`,
  }
}

/** Writes a value in the place of another one. */
export function replaced(text: string, steps: readonly Step[], value: unknown): Splice | undefined {
  const { pair, node } = steps.at(-1) ?? {}
  const isEmpty = node === null || node === undefined || node.range?.[0] === node.range?.[1]
  const isTree = typeof value === 'object' && value !== null
  if (isEmpty) {
    if (isTree) return opened(text, steps, value)
    if (pair === undefined) return undefined
    const colon = afterColon(text, pair)
    return { start: colon, end: colon, text: ` ${scalarText(value)}` }
  }
  const start = startOf(node)
  const end = endOf(text, node)
  if (isCollection(node) && node.flow !== true) {
    if (isTree) return { start, end, text: blockText(text, value, columnOf(text, start)) }
    return pair === undefined ? undefined : { start: afterColon(text, pair), end, text: ` ${scalarText(value)}` }
  }
  if (isTree) return { start, end, text: flowText(text, value) }
  const lastBreak = isScalar(node) && isBlock(node) ? lineBreakOf(text) : ''
  return { start, end, text: `${scalarText(value, isScalar(node) ? node : undefined)}${lastBreak}` }
}

const isBlock = ({ type }: Scalar): boolean => type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED

const isNull = (node: Step['node']): boolean => node === null || (isScalar(node) && node.value === null)
