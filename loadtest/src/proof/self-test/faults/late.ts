import type { Fault } from './fault.js'

/** Delays an answer by `ms`, longer than a client waits. */
export const late = (ms: number): Fault => ({
  name: 'late answer',
  description: 'the answer held back for longer than the limit',
  expected: 'timed-out',
  behind: 'timed-out',
  spoil:
    ({ client }) =>
    (bytes) => {
      const timer = setTimeout(() => client.write(bytes), ms)
      client.once('close', () => clearTimeout(timer))
    },
})
