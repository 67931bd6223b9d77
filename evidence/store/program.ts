/** What has to be undone, newest last. */
const steps: (() => Promise<unknown>)[] = []
let cleaning: Promise<void> | undefined
let interrupted = false

/** Carries this out when the program ends, also by Ctrl-C; at once where it is ending already. */
export const atEnd = (step: () => Promise<unknown>): void => {
  steps.push(step)
  if (cleaning !== undefined) cleaning = cleaning.then(undo)
}

const undo = async (): Promise<void> => {
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    // oxlint-disable-next-line no-await-in-loop -- newest first. One that fails must not keep the others from their turn.
    await step().catch((error: unknown) => console.error(`could not clean up: ${String(error)}`))
  }
}

/** What is added to be undone while this is under way is waited for, too. */
const cleanUp = async (): Promise<void> => {
  cleaning ??= undo()
  for (let seen; seen !== cleaning;) {
    seen = cleaning
    // oxlint-disable-next-line no-await-in-loop -- until there is no more
    await seen
  }
}

/**
 * Runs it, cleans up whatever became of it, and exits with its status: 2 where it could not be carried out, 130 and 143 after SIGINT
 * and SIGTERM.
 */
export const run = async (name: string, usage: string, main: () => Promise<number>): Promise<void> => {
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
    process.exitCode = await main()
  } catch (error) {
    // What was taken away from under it fails, of course.
    if (interrupted) return
    console.error(`${name}: ${(error as Error).message}\n\n${usage}`)
    process.exitCode = 2
  }
  if (!interrupted) await cleanUp()
}
