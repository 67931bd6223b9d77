/**
 * Listens for uncaught exceptions while the program has no listener of its own. A program with one has decided what a crash means: it
 * reports the error and exits, or it continues. Error trackers count the listeners before they decide.
 *
 * @returns a function that removes the listener
 */
export function listenForUnhandled(listener: (error: unknown) => void): () => void {
  const update = (): void => {
    const others = process.listeners('uncaughtException').filter((other) => other !== listener)
    const installed = process.listeners('uncaughtException').includes(listener)
    if (others.length > 0) process.off('uncaughtException', listener)
    else if (!installed) process.on('uncaughtException', listener)
  }
  const onChange = (event: string | symbol, changed: unknown): void => {
    // `newListener` comes before the change, `removeListener` after it.
    if (event === 'uncaughtException' && changed !== listener) queueMicrotask(update)
  }
  update()
  process.on('newListener', onChange)
  process.on('removeListener', onChange)
  return () => {
    process.off('newListener', onChange)
    process.off('removeListener', onChange)
    process.off('uncaughtException', listener)
  }
}
