import type { Fault } from './fault.js'

export const duplicate: Fault = {
  name: 'duplicate',
  description: 'the same response twice',
  expected: 'duplicated',
  behind: 'answered',
  spoil: ({ client, release }) => {
    let answer = Buffer.alloc(0)
    return (bytes) => {
      answer = Buffer.concat([answer, bytes])
      const length = lengthOfFirst(answer)
      if (length === undefined) return
      // The answers to pipelined requests may arrive together: only the first one is repeated.
      client.write(answer.subarray(0, length))
      client.write(answer)
      release()
    }
  },
}

const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = '\r\n0\r\n\r\n'

/** Returns the length of the first answer; undefined until it is complete. */
function lengthOfFirst(bytes: Buffer): number | undefined {
  const head = bytes.indexOf(HEAD_END)
  if (head === -1) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(bytes.subarray(0, head).toString('latin1'))?.[1]
  const last = bytes.indexOf(LAST_CHUNK)
  if (length === undefined) return last === -1 ? undefined : last + LAST_CHUNK.length
  const end = head + HEAD_END.length + Number(length)
  return end > bytes.length ? undefined : end
}
