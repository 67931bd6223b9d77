import { resetAfterFlush } from '../../../base/wire/reset.js'
import type { Fault } from './fault.js'

export const rst: Fault = {
  name: 'RST',
  description: 'the connection reset instead of a response',
  expected: 'reset',
  behind: 'reset',
  spoil:
    ({ client, server }) =>
    () => {
      resetAfterFlush(client)
      server.destroy()
    },
}
