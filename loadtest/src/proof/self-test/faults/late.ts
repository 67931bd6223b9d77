import type { Fault } from './fault.js'

/** Delays a response by `ms`, longer than a client waits. */
export const late = (ms: number): Fault => ({
  name: 'late response',
  description: 'the response held back for longer than the limit',
  expected: 'timed-out',
  behind: 'timed-out',
  spoil:
    ({ client }) =>
    (bytes) => {
      const timer = setTimeout(() => client.write(bytes), ms)
      client.once('close', () => clearTimeout(timer))
    },
})
