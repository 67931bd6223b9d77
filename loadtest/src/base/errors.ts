/** The user named something that cannot be used. The message names it and says what to do. Exit status 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** The run broke for a reason that is not the user's: the cluster was lost, a report could not be written. Exit status 4. */
export class HarnessError extends Error {
  override readonly name: string = 'HarnessError'
}
