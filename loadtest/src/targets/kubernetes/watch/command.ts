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

/** How the command of a user ended: undefined for exit code 0, otherwise in words. */
type Failure = string | undefined

/**
 * Runs the command that makes the rollout. Its output goes to stderr, because stdout has the report. Ctrl-C in a terminal reaches it, too;
 * a signal that only this process gets is passed on as SIGTERM.
 */
export function runCommand(words: readonly string[], signal: AbortSignal): Promise<Failure> {
  const [program = '', ...args] = words
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['inherit', process.stderr, process.stderr] })
    const stop = (): void => void child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    child.once('error', ({ message }) => resolve(`${program} cannot be started: ${message}`))
    child.once('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop)
      resolve(code === 0 ? undefined : `${nameOf(words)} ended with ${code === null ? killedBy : `exit code ${code}`}`)
    })
  })
}
