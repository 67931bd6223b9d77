/** The user named something that cannot be used. The message names it and says what to do. Exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** The run broke for a reason that is not the user's: the cluster was lost, a report could not be written. Exit code 4. */
export class HarnessError extends Error {
  override readonly name: string = 'HarnessError'
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Why a system call failed, for the end of an error message.
 *
 * @example `no space left on device (ENOSPC)` for Node's `ENOSPC: no space left on device, write`
 */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const description = /^\w+: ([^,]+)/.exec(message)?.[1]
  return code === undefined || description === undefined ? message : `${description} (${code})`
}
