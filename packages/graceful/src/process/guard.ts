/** The failure of a call: the value that it threw, or with which its promise rejected. */
export interface Failure {
  readonly error: unknown
}

/** Calls a function of the application and waits for the promise that it returns. Resolves with the failure, and never rejects. */
export async function attempt(call: () => unknown): Promise<Failure | undefined> {
  try {
    await call()
    return undefined
  } catch (error) {
    return { error }
  }
}

/**
 * Calls a function of the application that only reports or listens: a logger, a listener, a callback. Its failure must not change
 * the shutdown. A rejection that nothing handles would count as a crash of the service.
 */
export function guard(call: () => unknown, onFailure: (error: unknown) => void): void {
  attempt(call)
    .then((failure) => failure && onFailure(failure.error))
    .catch(ignore)
}

const ignore = (): void => {}
