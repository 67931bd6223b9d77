import type { Duplex } from 'node:stream'

/** A stream of JSON messages in both directions, one a line. */
export interface Lines<Out> {
  send(message: Out): void
  /** Resolves when the stream has ended, with the reason if it broke. */
  readonly closed: Promise<string | undefined>
  close(): void
}

/** A line that is longer than this, in characters, is not from the other side of this protocol. */
const LONGEST = 16_000_000

/** Reads messages from a stream, and writes messages to it. A line that is no JSON ends the stream. */
export function openLines<Out>(stream: Duplex, receive: (message: unknown) => void): Lines<Out> {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    try {
      if (rest.length > LONGEST) throw new Error('a line has no end')
      for (const line of parts) receive(JSON.parse(line))
    } catch (error) {
      stream.destroy(error as Error)
    }
  })
  stream.on('end', () => stream.destroy())
  // Its end is what counts.
  stream.on('error', () => undefined)
  return {
    send: (message) => void (stream.writable && stream.write(`${JSON.stringify(message)}\n`)),
    closed: new Promise((resolve) => {
      const end = (): void => resolve(stream.errored?.message)
      if (stream.closed) end()
      else stream.once('close', end)
    }),
    close: () => void stream.destroy(),
  }
}
