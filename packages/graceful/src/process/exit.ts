import type { Runtime } from './runtime.js'

interface UnderWay {
  shutdowns: number
  /** The highest exit code of those that are over and want the process to end; undefined while none does. */
  exitCode: number | undefined
  readonly answers: (() => number)[]
}

const underWay = new WeakMap<Runtime, UnderWay>()

/**
 * A shutdown has begun. The process ends when every one that has begun is over: a process may have the library attached more than
 * once, by several of its parts, and the first to finish must not end the requests of the others.
 *
 * @returns to be called when it is over, with its exit code, or with undefined where the exit is left to the caller, and with what
 * calls back others who closed a server; it returns how many they are
 */
export function beginExit(
  runtime: Runtime,
): (exitCode: number | undefined, answerOthers: () => number) => Promise<void> {
  const all = underWay.get(runtime) ?? { shutdowns: 0, exitCode: undefined, answers: [] }
  underWay.set(runtime, all)
  all.shutdowns += 1
  return async (exitCode, answerOthers) => {
    all.shutdowns -= 1
    all.answers.push(answerOthers)
    if (exitCode !== undefined) all.exitCode = Math.max(all.exitCode ?? 0, exitCode)
    if (all.shutdowns > 0) return
    // Last of all, since it may end the process; and not where it failed, since it would end it with 0.
    const answered = all.exitCode ? 0 : all.answers.splice(0).reduce((sum, answer) => sum + answer(), 0)
    // What they do without waiting, they do.
    if (answered > 0) await new Promise<void>((resolve) => runtime.setImmediate(resolve))
    if (all.exitCode !== undefined) runtime.exit(all.exitCode)
  }
}
