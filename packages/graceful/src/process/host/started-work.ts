import { createHook } from 'node:async_hooks'

/** Async resources of a write to a log: they are over at once and start nothing else. */
const OF_LOGS = new Set(['TickObject', 'WRITEWRAP'])

/** The return value of a call, and whether the call has started something asynchronous: a timer, a promise, an operation on a file. */
export interface Started {
  readonly returned: unknown
  readonly started: boolean
}

/**
 * Calls a function of the application and observes whether it starts anything. A listener that only logs, or sets a flag, starts
 * nothing. The observation costs nothing outside this call.
 */
export function observe(call: () => unknown): Started {
  let started = false
  const hook = createHook({
    init(_id, type) {
      if (!OF_LOGS.has(type)) started = true
    },
  }).enable()
  try {
    const returned = call()
    hook.disable()
    return { returned, started }
  } finally {
    hook.disable()
  }
}
