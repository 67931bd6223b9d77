import type { Runtime } from './runtime.js'

/** Exit code of a process that a person interrupted: 128 + the number of SIGINT. */
const INTERRUPTED = 130
/**
 * A SIGINT this soon after the first is the same key press, in ms. The terminal sends SIGINT to the whole process group, and a runner
 * such as npm or nodemon sends it to its child again.
 */
const SAME_KEY_PRESS = 500

/**
 * Listens for the signals that start a shutdown. A repeated SIGTERM changes nothing: Kubernetes and process managers can send it
 * twice, and an early exit would drop the requests of the drain. A second SIGINT after {@link SAME_KEY_PRESS} means that a person at a
 * terminal wants to stop the process now.
 *
 * @returns a function that removes every listener
 */
export function listenForSignals(
  runtime: Runtime,
  signals: readonly NodeJS.Signals[],
  onSignal: (signal: NodeJS.Signals) => void,
): () => void {
  let interruptedAt: number | undefined
  const removers = signals.map((signal) =>
    runtime.onSignal(signal, () => {
      if (signal === 'SIGINT') {
        interruptedAt ??= runtime.now()
        if (runtime.now() - interruptedAt > SAME_KEY_PRESS) {
          runtime.exit(INTERRUPTED)
          return
        }
      }
      onSignal(signal)
    }),
  )
  return () => {
    for (const remove of removers) remove()
  }
}
