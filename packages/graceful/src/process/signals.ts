import type { Runtime } from './runtime.js'

/** The exit code of a process that a person interrupted: 128 + SIGINT's number. */
const INTERRUPTED = 130

/**
 * Listens for the signals that start a shutdown. A repeated SIGTERM changes nothing: Kubernetes and process managers send it
 * again, and ending early would drop what is being drained. A second SIGINT is a person at a terminal who wants out now.
 *
 * @returns what removes every listener again
 */
export function listenForSignals(
  runtime: Runtime,
  signals: readonly NodeJS.Signals[],
  onSignal: (signal: NodeJS.Signals) => void,
): () => void {
  let interrupts = 0
  const removers = signals.map((signal) =>
    runtime.onSignal(signal, () => {
      if (signal === 'SIGINT' && ++interrupts > 1) {
        runtime.exit(INTERRUPTED)
        return
      }
      onSignal(signal)
    }),
  )
  return () => {
    for (const remove of removers) remove()
  }
}
