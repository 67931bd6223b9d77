import { StringDecoder } from 'node:string_decoder'

/** What a text held, as it would be without the white space at its end. */
export interface Lines {
  readonly count: number
  readonly last: string
}

export interface LineReader {
  take(part: Buffer): void
  end(): Lines
}

/** No line that is looked at is longer; the rest of a longer one is passed over. */
const MOST_LINE = 64 * 1024

/** Counts a text's lines as it comes and keeps the last one, so that its length takes no memory. */
export function createLineReader(): LineReader {
  const decoder = new StringDecoder('utf8')
  /** Lines that have ended, blank ones too. */
  let ended = 0
  let found: Lines = { count: 0, last: '' }
  /** The line that has not ended yet. */
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
