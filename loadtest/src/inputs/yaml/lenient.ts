/** A quoted scalar or a flow collection. */
interface Region {
  readonly start: number
  readonly end: number
}

/**
 * Returns a text that a parser of YAML 1.2 reads as kubectl reads the given one. Lines keep their numbers, but columns may move.
 *
 * The parser of kubectl accepts lines of a quoted scalar, of a list in brackets or of a map in braces at any indentation, and JSON objects
 * without `---` between them. Use it only for a text with an error, because it reads no more of YAML than it needs.
 */
export function lenient(text: string): string {
  const insertions = /^\s*\{/u.test(text) ? separators(text) : indentations(text)
  let result = ''
  let from = 0
  for (const { at, added } of insertions) {
    result += text.slice(from, at) + added
    from = at
  }
  return result + text.slice(from)
}

interface Insertion {
  readonly at: number
  readonly added: string
}

/** Marks the objects of a stream of JSON as documents, if each begins on a line of its own. */
function separators(text: string): Insertion[] {
  const found: Insertion[] = []
  for (let at = text.indexOf('{'); at !== -1;) {
    const end = regionEnd(text, at)
    if (end === undefined) break
    const next = skip(text, end, /\s*/uy)
    if (text[next] !== '{') break
    if (text.lastIndexOf('\n', next) >= end) found.push({ at: next, added: '--- ' })
    at = next
  }
  return found
}

/** Indents the lines of each region as far as its first one. */
function indentations(text: string): Insertion[] {
  return regions(text).flatMap(({ start, end }) => {
    const column = start - (text.lastIndexOf('\n', start - 1) + 1)
    const found: Insertion[] = []
    for (let at = text.indexOf('\n', start) + 1; at > 0 && at < end; at = text.indexOf('\n', at) + 1) {
      const indent = skip(text, at, / */uy) - at
      // Three dashes end a document everywhere.
      if (indent < column && !text.startsWith('---', at)) found.push({ at, added: ' '.repeat(column - indent) })
    }
    return found
  })
}

/** The regions that begin as a key or as a value of a block, up to the first one without an end. */
function regions(text: string): Region[] {
  const found: Region[] = []
  let at = 0
  while (at < text.length) {
    const lineStart = at
    at = skip(text, at, /(?:---(?=\s))?[ \t]*/uy)
    // The column of the last key or dash: a block scalar is indented further.
    let column = -1
    for (;;) {
      const lead = skip(text, at, /(?:[-?](?=\s)|[!&][^\s,]*)[ \t]*/uy)
      if (lead > at) {
        if (/[-?]/u.test(text[at] ?? '')) column = at - lineStart
        at = lead
        continue
      }
      const key = at - lineStart
      if (/["'[{]/u.test(text[at] ?? '')) {
        const end = regionEnd(text, at)
        if (end === undefined) return found
        found.push({ start: at, end })
        at = end
      } else if (/[|>]/u.test(text[at] ?? '')) {
        at = blockEnd(text, at, column)
        break
      } else at = skip(text, at, /(?:(?!:(?:\s|$)|[ \t]#)[^\n])*/uy)
      const value = skip(text, at, /[ \t]*:(?=\s)[ \t]*/uy)
      if (value === at) {
        at = lineEnd(text, at)
        break
      }
      column = key
      at = value
      if (/[\n#]/u.test(text[at] ?? '\n')) {
        at = lineEnd(text, at)
        break
      }
    }
  }
  return found
}

const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

/** The start of the first line behind a block scalar. */
function blockEnd(text: string, start: number, column: number): number {
  const content = new RegExp(`(?:[ \\t]*\\r?\\n| {${column + 1},}[^\\n]*(?:\\n|$))`, 'uy')
  let at = lineEnd(text, start)
  for (let next = skip(text, at, content); next > at; next = skip(text, at, content)) at = next
  return at
}

/** The parts of a flow collection: quoted scalars and comments may have brackets that do not count. */
const PART = /"(?:\\[^]|[^"\\])*"|'(?:''|[^'])*'|(?<=\s)#[^\n]*|[[\]{}]|["']|(?:(?!\s#)[^[\]{}"'])+|\s/uy

/** Returns the end of a quoted scalar or of a flow collection. Undefined: it has none. */
function regionEnd(text: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < text.length;) {
    PART.lastIndex = at
    const part = PART.exec(text)?.[0]
    if (part === undefined) return undefined
    at += part.length
    if (part === '[' || part === '{') depth++
    if (part === ']' || part === '}') depth--
    // A quote inside a plain scalar of a flow collection is a character of it.
    if (depth === 0) return part === '"' || part === "'" ? undefined : at
  }
  return undefined
}

function skip(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at
  return at + (pattern.exec(text)?.[0].length ?? 0)
}
