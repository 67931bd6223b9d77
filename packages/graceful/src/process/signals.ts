import type { Runtime } from './runtime.js'

/** Exit code of a process that a person interrupted: 128 + the number of SIGINT. */
const INTERRUPTED = 130

/**
 * Listens for the signals that start a shutdown. A repeated SIGTERM changes nothing: Kubernetes and process managers can send it
 * twice, and an early exit would drop the requests of the drain. A second SIGINT means that a person at a terminal wants to stop
 * the process now.
 *
 * @returns a function that removes every listener
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
