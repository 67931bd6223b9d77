import type { Fault } from './fault.js'

export const fin: Fault = {
  name: 'FIN',
  description: 'the connection closed instead of a response',
  expected: 'closed',
  behind: 'closed',
  spoil:
    ({ client, server }) =>
    () => {
      client.end()
      server.destroy()
    },
}
