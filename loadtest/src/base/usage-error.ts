/** The command line cannot be used. The message is one sentence that names what is wrong and the way out. Exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
