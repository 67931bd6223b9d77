import { spawn } from 'node:child_process'

/**
 * Names a command without its flags and assignments, whose values can be secrets.
 *
 * @example nameOf(['helm', 'upgrade', 'shop', '--set', 'token=x']) // 'helm upgrade shop …'
 */
export function nameOf(words: readonly string[]): string {
  const end = words.findIndex((word) => word.startsWith('-') || word.includes('='))
  return end === -1 ? words.join(' ') : [...words.slice(0, Math.max(1, end)), '…'].join(' ')
}

/** Names the author of a rollout: the command, or, if it is empty, somebody else. */
export const authorOf = (words: readonly string[]): string => (words.length === 0 ? 'somebody else' : nameOf(words))

/** How the command of a user ended: undefined for exit code 0, otherwise in words. */
type Failure = string | undefined

/**
 * Runs the command that makes the rollout. Its output goes to stderr, because stdout has the report. Ctrl-C in a terminal reaches it, too;
 * a signal that only this process gets is passed on as SIGTERM.
 *
 * @param limitMs how long the command may run
 */
export function runCommand(words: readonly string[], limitMs: number, signal: AbortSignal): Promise<Failure> {
  const [program = '', ...args] = words
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['inherit', process.stderr, process.stderr] })
    let late = false
    const stop = (): void => void child.kill('SIGTERM')
    const timer = setTimeout(() => {
      late = true
      stop()
    }, limitMs)
    const end = (failure: Failure): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve(failure)
    }
    signal.addEventListener('abort', stop, { once: true })
    child.once('error', ({ message }) => end(`${program} cannot be started: ${message}`))
    child.once('close', (code, killedBy) => {
      if (late) end(`${nameOf(words)} did not end within ${limitMs / 1_000} s (--timeout)`)
      else end(code === 0 ? undefined : `${nameOf(words)} ended with ${code === null ? killedBy : `exit code ${code}`}`)
    })
  })
}
