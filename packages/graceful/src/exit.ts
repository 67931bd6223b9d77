import type { Environment } from './environment.js'

interface UnderWay {
  shutdowns: number
  /** The highest exit code of those that are over and want the process to end; undefined while none does. */
  exitCode: number | undefined
}

const underWay = new WeakMap<Environment, UnderWay>()

/**
 * A shutdown has begun. The process ends when every one that has begun is over: a process may have the library attached more than
 * once, by several of its parts, and the first to finish must not end the requests of the others.
 *
 * @returns to be called when it is over, with its exit code, or with undefined where the exit is left to the caller
 */
export function beginExit(environment: Environment): (exitCode: number | undefined) => void {
  const all = underWay.get(environment) ?? { shutdowns: 0, exitCode: undefined }
  underWay.set(environment, all)
  all.shutdowns += 1
  return (exitCode) => {
    all.shutdowns -= 1
    if (exitCode !== undefined) all.exitCode = Math.max(all.exitCode ?? 0, exitCode)
    if (all.shutdowns === 0 && all.exitCode !== undefined) environment.exit(all.exitCode)
  }
}
