import { EXIT } from '../../../base/exit-status.js'

/** Ends a run early: on Ctrl-C, or after an uncaught error. */
export interface Interruption {
  readonly signal: AbortSignal
  /** The uncaught error that ended the run; undefined if there was none. */
  fault(): unknown
  /** Removes the listeners. */
  uninstall(): void
}

/** One Ctrl-C can arrive twice, from the terminal and from the package manager that forwards it. In ms. */
const SAME = 500

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Listens for SIGINT, SIGTERM, SIGHUP and uncaught errors. The first one aborts the signal, so that the run ends, restores the
 * target and writes its report. Another signal, half a second later or more, exits at once with exit code 3.
 *
 * @param whatIsLeft says what the user has to restore by hand after a second signal
 * @param say prints a message
 */
export function listenForInterrupts(whatIsLeft: () => string, say: (text: string) => void): Interruption {
  const controller = new AbortController()
  let fault: unknown
  let first: number | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    if (first !== undefined && performance.now() - first < SAME) return
    if (first !== undefined) {
      say(`\n${signal} again: exiting at once, without a report. ${whatIsLeft()}\n`)
      process.exit(EXIT.inconclusive)
    }
    first = performance.now()
    say(`\n${signal}: stopping the load and restoring the target; another ${signal} exits at once\n`)
    controller.abort()
  }
  // The run must restore the target even after an uncaught error.
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
