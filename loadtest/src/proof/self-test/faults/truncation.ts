import type { Fault } from './fault.js'

const HEAD_END = '\r\n\r\n'

export const truncation: Fault = {
  name: 'truncation',
  description: 'the connection closed one byte into the body',
  expected: 'truncated',
  behind: 'closed',
  spoil:
    ({ client, server }) =>
    (bytes) => {
      client.end(bytes.subarray(0, bytes.indexOf(HEAD_END) + HEAD_END.length + 1))
      server.destroy()
    },
}
