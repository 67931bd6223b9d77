import { StringDecoder } from 'node:string_decoder'

/** The lines of a text without trailing white space. */
export interface Lines {
  readonly count: number
  readonly last: string
}

export interface LineReader {
  take(part: Buffer): void
  end(): Lines
}

/** The rest of a longer line is ignored. */
const MOST_LINE = 64 * 1024

/** Counts the lines of a text as it arrives and keeps the last one, so that a long text needs no memory. */
export function createLineReader(): LineReader {
  const decoder = new StringDecoder('utf8')
  /** The number of complete lines, including blank ones. */
  let ended = 0
  let found: Lines = { count: 0, last: '' }
  /** The incomplete line. */
  let held = ''
  const look = (line: string): void => {
    const text = line.trimEnd()
    if (text !== '') found = { count: ended + 1, last: text }
  }
  const read = (text: string): void => {
    const lines = (held + text).split('\n')
    held = (lines.pop() ?? '').slice(0, MOST_LINE)
    for (const line of lines) {
      look(line)
      ended += 1
    }
  }
  return {
    take: (part) => read(decoder.write(part)),
    end: () => {
      read(decoder.end())
      look(held)
      return found
    },
  }
}
