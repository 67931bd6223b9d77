import { isMap, isNode, isScalar, isSeq, type Document, type LineCounter } from 'yaml'

/**
 * Returns the line of a field in a YAML document, or that of the nearest field around it.
 *
 * @param path the path of the object in the document
 * @param field as in error messages: `spec.template.spec.containers[0].env`. A key may contain dots.
 */
export function lineIn(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
  field: string,
): number | undefined {
  let node: unknown = document.contents
  let line = lineAt(node, lines)
  for (const key of path) {
    node = childOf(node, key)?.value
    line = lineAt(node, lines) ?? line
  }
  let rest = field
  while (rest !== '') {
    const next = step(node, rest)
    if (next === undefined) return line
    line = next.line(lines) ?? line
    node = next.value
    rest = next.rest
  }
  return line
}

interface Child {
  readonly value: unknown
  line(lines: LineCounter): number | undefined
}

/** Takes the first key or index of a field. A key with dots is longer than its first part. */
function step(node: unknown, field: string): (Child & { readonly rest: string }) | undefined {
  const index = /^\[(\d+)\]\.?/u.exec(field)
  if (index) {
    const child = childOf(node, Number(index[1]))
    return child && { ...child, rest: field.slice(index[0].length) }
  }
  const ends = [...field.matchAll(/[.[]/gu)].map(({ index: at }) => at)
  for (const end of [...ends, field.length]) {
    const child = childOf(node, field.slice(0, end))
    if (child) return { ...child, rest: field.slice(end).replace(/^\./u, '') }
  }
  return undefined
}

function childOf(node: unknown, key: string | number): Child | undefined {
  if (isSeq(node) && typeof key === 'number' && key < node.items.length) {
    const value = node.items[key]
    return { value, line: (lines) => lineAt(value, lines) }
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === String(key))
  return pair && { value: pair.value, line: (lines) => lineAt(pair.key, lines) }
}

const lineAt = (node: unknown, lines: LineCounter): number | undefined =>
  isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined
