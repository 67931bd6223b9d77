import { EXIT } from '../../base/exit-status.js'

/** What the user's wish to stop, or a fault nobody caught, does to a run. */
export interface Interruption {
  readonly signal: AbortSignal
  /** The fault that ended the run; undefined where a person did, or nobody. */
  fault(): unknown
  /** Removes the listeners. */
  uninstall(): void
}

/** One Ctrl-C can arrive twice: from the terminal, and from the package manager that passes it on. In ms. */
const SAME = 500

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * The first Ctrl-C ends the load, writes the report and puts the target back. Another one, half a second later or more,
 * leaves at once and says what was left undone.
 *
 * @param whatIsLeft one sentence for somebody who leaves without the target having been put back
 */
export function listenForInterrupts(whatIsLeft: () => string, say: (text: string) => void): Interruption {
  const controller = new AbortController()
  let fault: unknown
  let first: number | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    if (first !== undefined && performance.now() - first < SAME) return
    if (first !== undefined) {
      say(`\n${signal} again: left at once, without a report. ${whatIsLeft()}\n`)
      process.exit(EXIT.inconclusive)
    }
    first = performance.now()
    say(`\n${signal}: stopping the load and putting the target back; once more leaves at once.\n`)
    controller.abort()
  }
  // A run must not end without its restore, whatever broke in it.
  const onFault = (error: unknown): void => {
    fault ??= error
    controller.abort()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on('uncaughtException', onFault)
  process.on('unhandledRejection', onFault)
  return {
    signal: controller.signal,
    fault: () => fault,
    uninstall: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal)
      process.off('uncaughtException', onFault)
      process.off('unhandledRejection', onFault)
    },
  }
}
