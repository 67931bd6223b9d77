/** Splits a Markdown page into sections, and these into the blocks that a translation keeps. */

export type Block = Code | Part
interface Code {
  kind: 'code'
  /** The lines, without comments, because these are translated. */
  lines: string[]
}
interface Part {
  kind: 'paragraph' | 'item' | 'row' | 'figure'
  /** The cells of a row, the lines of a figure; otherwise the text alone. */
  parts: string[]
}

export interface Section {
  level: number
  heading: string
  blocks: Block[]
  /** The lines that a person wrote, with the comments in code and without generated tables. */
  source: string[]
}

export const isPart = (block: Block): block is Part => block.kind !== 'code'

export const headingsOf = (sections: readonly Section[]): string[] => sections.map(({ heading }) => heading)

/** Removes a comment at the end of a line of code. */
const withoutComment = (line: string): string => line.replace(/(?:^|\s+)(?:#|\/\/) .*$/u, '')

/** A line of a paragraph may begin with a number and a full stop; only the number 1 begins a list there. */
const startsItem = (line: string, open: Block | undefined): boolean =>
  (open?.kind === 'paragraph' ? /^ *(?:-|1\.) /u : /^ *(?:-|\d+\.) /u).test(line)

const cellsOf = (row: string): string[] =>
  row
    .split(/(?<!\\)\|/u)
    .slice(1, -1)
    .map((cell) => cell.trim())

/**
 * Splits a page at its headings and blocks. A fenced block without a language is a figure in words. The text between
 * `<!-- name -->` and `<!-- /name -->` is generated.
 */
export function sectionsOf(page: string): Section[] {
  const sections: Section[] = []
  let fence: 'none' | 'code' | 'figure' = 'none'
  let open: Block | undefined
  let generated = false

  const begin = (block: Block): Block => {
    const section = sections.at(-1)
    if (section === undefined) throw new Error('the page does not begin with a heading')
    section.blocks.push(block)
    return block
  }
  const code = (line: string): void => {
    open = open?.kind === 'code' ? open : begin({ kind: 'code', lines: [] })
    if (open.kind === 'code') open.lines.push(line)
  }
  const text = (kind: Part['kind'], parts: string[]): Part => {
    open = begin({ kind, parts })
    return open as Part
  }

  for (const line of page.split('\n')) {
    const [, marks, heading = ''] = (fence === 'none' && /^(#+) (.*)$/u.exec(line)) || []
    if (line.startsWith('```')) {
      if (fence === 'none') {
        fence = line === '```' ? 'figure' : 'code'
        if (fence === 'figure') text('figure', [])
        else code(line)
      } else {
        fence = 'none'
        open = undefined
      }
    } else if (fence === 'code') code(withoutComment(line))
    else if (fence === 'figure') (open as Part).parts.push(line)
    else if (marks !== undefined) {
      sections.push({ level: marks.length, heading, blocks: [], source: [] })
      open = undefined
    } else if (/^<!-- .* -->$/u.test(line)) generated = !line.startsWith('<!-- /')
    else if (line.trim() === '') {
      if (open?.kind !== 'code') open = undefined
    } else if (/^ {4}/u.test(line)) code(withoutComment(line))
    else if (line.startsWith('|')) text('row', cellsOf(line))
    else if (startsItem(line, open)) text('item', [line.replace(/^ *(?:-|\d+\.) /u, '')])
    else if (/^\[\d+\]: /u.test(line)) text('paragraph', [line])
    else if (open !== undefined && (open.kind === 'paragraph' || open.kind === 'item')) open.parts[0] += `\n${line}`
    else text('paragraph', [line])
    if (!generated) sections.at(-1)?.source.push(line)
  }
  return sections
}
