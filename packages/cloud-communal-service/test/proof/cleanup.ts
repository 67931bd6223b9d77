/** What has to be undone, newest last. Carried out when the program ends, also by Ctrl-C. */
const steps: (() => Promise<unknown>)[] = []
let cleaning: Promise<void> | undefined

export const atEnd = (step: () => Promise<unknown>): void => void steps.push(step)

export const cleanUp = (): Promise<void> => {
  cleaning ??= (async () => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      // One that fails must not keep the others from their turn.
      await step().catch((error: unknown) => console.error(`could not clean up: ${String(error)}`))
    }
  })()
  return cleaning
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => void cleanUp().then(() => process.exit(code)))
}
