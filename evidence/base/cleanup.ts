/** The cleanup steps, newest last. */
const steps: (() => Promise<unknown>)[] = []
let cleaning: Promise<void> | undefined

/** Registers a cleanup step for the end of the program, also by Ctrl-C. A step that comes during the cleanup runs too. */
export const atEnd = (step: () => Promise<unknown>): void => {
  steps.push(step)
  if (cleaning !== undefined) cleaning = cleaning.then(undo)
}

/** @throws {Error} the cleanup has begun, so the program must start nothing more */
export const assertNotEnding = (): void => {
  if (cleaning !== undefined) throw new Error('interrupted')
}

const undo = async (): Promise<void> => {
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    // oxlint-disable-next-line no-await-in-loop -- newest first. A failed step must not prevent the others.
    await step().catch((error: unknown) => console.error(`could not clean up: ${String(error)}`))
  }
}

/** Runs the cleanup steps, including those that are registered meanwhile. */
const cleanUp = async (): Promise<void> => {
  cleaning ??= undo()
  for (let seen; seen !== cleaning;) {
    seen = cleaning
    // oxlint-disable-next-line no-await-in-loop -- until there is no more
    await seen
  }
}

/**
 * Runs a program, then cleans up. SIGINT and SIGTERM clean up at once and end the process with the status 130 or 143.
 *
 * @param name the name in the message about the signal
 */
export const cleaningUp = async (name: string, program: () => Promise<number>): Promise<number> => {
  let interrupted = false
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      if (interrupted) return
      interrupted = true
      console.error(`${name}: ${signal}: cleaning up`)
      void cleanUp().then(() => process.exit(status))
    })
  }
  try {
    return await program()
  } catch (error) {
    // After a signal the program fails because its database and its pods are gone. The signal's listener ends the process.
    if (interrupted) return await new Promise<never>(() => {})
    throw error
  } finally {
    if (!interrupted) await cleanUp()
  }
}
