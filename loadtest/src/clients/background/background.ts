import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { BackgroundOptions, BackgroundReport, ToBackground } from './report.js'

export interface Background {
  /** Ends the load and says what became of it. Never throws: a process that crashed is a field of the report. */
  stop(): Promise<BackgroundReport>
}

const PROGRAM = fileURLToPath(new URL('process.js', import.meta.url))
/** autocannon ends at its next sample, a second later at most. */
const PATIENCE = 10_000

/**
 * Starts background load by autocannon, in a process of its own: a second answer to one request makes autocannon throw
 * where nobody can catch it, and its work must not hold up the clients that the verdict comes from.
 */
export function startBackground(options: BackgroundOptions): Background {
  const child = fork(PROGRAM, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
  let errors = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    if (errors.length < 10_000) errors += bytes.toString('utf8')
  })
  const ended = new Promise<BackgroundReport>((resolve) => {
    child.once('message', (message) => resolve(message as BackgroundReport))
    child.once('error', (error) => resolve(crashed(error.message)))
    child.once('exit', (code, signal) => resolve(crashed(firstError(errors) ?? `it ended with ${signal ?? code}`)))
  })
  // A child that has ended cannot be told anything; its end is in the report.
  const tell = (message: ToBackground): void => void (child.connected && child.send(message, () => undefined))
  tell({ type: 'start', options })

  return {
    stop: async () => {
      tell({ type: 'stop' })
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
      const report = await ended
      clearTimeout(timer)
      return report
    },
  }
}

const firstError = (text: string): string | undefined =>
  text
    .split('\n')
    .find((line) => /Error/.test(line))
    ?.trim()

const crashed = (reason: string): BackgroundReport => ({
  issued: 0,
  acknowledged: 0,
  unexpectedStatus: 0,
  unfinished: 0,
  lostAfterClose: 0,
  lost: 0,
  lostRequests: [],
  requestsPerSecond: 0,
  latencyMs: null,
  autocannon: { errors: 0, timeouts: 0, resets: 0 },
  crashed: reason,
})
