import type { Path } from '../model/values.js'

/** A line with a key, with an item of a list, or with both. */
interface Line {
  /** From 1. */
  readonly number: number
  readonly text: string
  readonly key: string | undefined
  /** The column of the key. */
  readonly column: number
  /** The column of the dash of an item. */
  readonly dash: number | undefined
}

/**
 * Returns the line of a field in a Helm template, from 1. A template is no YAML, so the keys of the path are searched by their
 * indentation. A field that the template makes from values or from another template has the line of the nearest field above it.
 */
export function lineInTemplate(template: string, kind: string, path: Path): number {
  const document = documentOf(linesOf(template), kind)
  let block = document.block
  let number = document.number
  for (const key of path) {
    const found = typeof key === 'number' ? item(block, key) : field(block, key)
    if (found === undefined) break
    number = found.number
    block = found.block
  }
  return number
}

/** Where something is found, and the lines in which its parts are. */
interface Found {
  readonly number: number
  readonly block: readonly Line[]
}

const linesOf = (template: string): readonly Line[] =>
  template.split(/\r?\n/u).flatMap((text, index) => {
    const [, lead = '', key] = /^(\s*(?:-\s+)*)(?:["']?([\w./-]+)["']?:(?:\s|$))?/u.exec(text) ?? []
    const dash = /^\s*(?=-(?:\s|$))/u.exec(text)?.[0].length
    const line = { number: index + 1, text, key, column: lead.length, dash }
    return key === undefined && dash === undefined && !isMarker(line) ? [] : [line]
  })

const isMarker = ({ text }: Pick<Line, 'text'>): boolean => /^---(?:\s|$)/u.test(text)

/** The document with an object of the kind. */
function documentOf(lines: readonly Line[], kind: string): Found {
  const pattern = new RegExp(`^kind:\\s*["']?${kind}["']?\\s*(?:#.*)?$`, 'u')
  const at = lines.findIndex(({ text }) => pattern.test(text))
  const end = lines.findIndex((line, index) => index > at && isMarker(line))
  const block = lines.slice(lines.slice(0, at).findLastIndex(isMarker) + 1, end === -1 ? lines.length : end)
  return { number: lines[at]?.number ?? 1, block: at === -1 ? [] : block }
}

/** The first of the least indented lines with the key. A list may begin in the column of its key. */
function field(block: readonly Line[], key: string): Found | undefined {
  const candidates = block.filter((line) => line.key === key)
  const least = Math.min(...candidates.map(({ column }) => column))
  const found = candidates.find(({ column }) => column === least)
  if (found === undefined) return undefined
  const below = block.slice(block.indexOf(found) + 1)
  const end = below.findIndex(({ column, dash }) => (dash === undefined ? column <= least : dash < least))
  return { number: found.number, block: end === -1 ? below : below.slice(0, end) }
}

function item(block: readonly Line[], index: number): Found | undefined {
  const least = Math.min(...block.flatMap(({ dash }) => dash ?? []))
  const items = block.filter(({ dash }) => dash === least)
  const [found, next] = items.slice(index)
  if (found === undefined) return undefined
  const end = next === undefined ? block.length : block.indexOf(next)
  return { number: found.number, block: block.slice(block.indexOf(found), end) }
}
