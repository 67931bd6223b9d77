import { isCollection, isMap, isNode, isPair, isScalar, isSeq, type Document, type Node, type Pair } from 'yaml'
import type { Path } from '../model/values.js'

/** A change of a text: `text` takes the place of what is between two offsets. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A node on a path. */
export interface Step {
  /** Undefined for an item of a list, and for the content of the document. */
  readonly pair: Pair | undefined
  readonly node: Node | null
}

/** Returns the nodes on a path as far as they exist, from the content of the document. */
export function stepsTo({ contents }: Document, path: Path): readonly Step[] {
  const steps: Step[] = [{ pair: undefined, node: contents }]
  for (const key of path) {
    const node = steps.at(-1)?.node
    if (isMap(node)) {
      const pair = node.items.findLast(
        (each) => isScalar(each.key) && (each.key.source ?? String(each.key.value)) === String(key),
      )
      if (pair === undefined) break
      steps.push({ pair, node: isNode(pair.value) ? pair.value : null })
    } else if (isSeq(node) && typeof key === 'number' && isNode(node.items[key])) {
      steps.push({ pair: undefined, node: node.items[key] })
    } else break
  }
  return steps
}

export const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0)

/** Returns the offset after the colon of a pair. */
export function afterColon(text: string, { key }: Pair): number {
  const end = isNode(key) ? (key.range?.[1] ?? 0) : 0
  return text.indexOf(':', end) + 1
}

/** Returns the end of a pair or of a node, without the space, the comment and the lines behind it. */
export function endOf(text: string, item: unknown): number {
  if (isPair(item)) {
    const hasValue = isNode(item.value) && item.value.range?.[0] !== item.value.range?.[1]
    return hasValue ? endOf(text, item.value) : afterColon(text, item)
  }
  if (isCollection(item) && item.flow !== true && item.items.length > 0) return endOf(text, item.items.at(-1))
  return isNode(item) ? (item.range?.[1] ?? 0) : 0
}

export const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1)

/** Returns the offset of the line break after an offset. A block scalar ends with its own line break. */
export function lineEnd(text: string, offset: number): number {
  if (text[offset - 1] === '\n') return offset - 1
  const found = text.indexOf('\n', offset)
  return found === -1 ? text.length : found - (text[found - 1] === '\r' ? 1 : 0)
}

export const lineBreakOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n')
