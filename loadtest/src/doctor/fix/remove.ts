import { isMap, type Pair, type YAMLMap } from 'yaml'
import { columnOf, endOf, lineEnd, startOf, type Splice, type Step } from './ranges.js'

/** Removes a field, and every map around it that would be empty. */
export function removed(text: string, steps: readonly Step[]): Splice | undefined {
  const parents = [...steps]
  for (let step = parents.pop(); step !== undefined; step = parents.pop()) {
    const map = parents.at(-1)?.node
    if (step.pair === undefined || !isMap(map)) return undefined
    if (map.items.length > 1)
      return map.flow === true ? fromFlow(text, map, step.pair) : fromBlock(text, map, step.pair)
  }
  return undefined
}

function fromFlow(text: string, { items }: YAMLMap, pair: Pair): Splice {
  const index = items.indexOf(pair)
  const next = items[index + 1]
  if (next !== undefined) return { start: startOf(pair.key), end: startOf(next.key), text: '' }
  return { start: endOf(text, items[index - 1]), end: endOf(text, pair), text: '' }
}

function fromBlock(text: string, { items }: YAMLMap, pair: Pair): Splice {
  const key = startOf(pair.key)
  const column = columnOf(text, key)
  const line = key - column
  const last = lineEnd(text, endOf(text, pair))
  const next = text.indexOf('\n', last) + 1
  // The first field of a list item stands behind the dash. The next line takes its place.
  if (items[0] === pair && text.slice(line, key).trim() !== '') {
    const content = next + (/^[ ]*/u.exec(text.slice(next))?.[0].length ?? 0)
    return { start: key, end: content, text: '' }
  }
  // The last line of a text may have no line break.
  if (next === 0) return { start: Math.max(line - (text[line - 2] === '\r' ? 2 : 1), 0), end: text.length, text: '' }
  return { start: line, end: next, text: '' }
}
