import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { BackgroundOptions, BackgroundReport, ToBackground } from './report.js'

export interface Background {
  /** Stops the load and returns its report. Never throws: the report says whether the process crashed. */
  stop(): Promise<BackgroundReport>
}

const PROGRAM = fileURLToPath(new URL('process.js', import.meta.url))
/** autocannon ends at its next sample, at most a second later. This is the limit, in ms. */
const PATIENCE = 10_000

/**
 * Starts background load by autocannon in a separate process. A second response to one request makes autocannon throw an error that
 * cannot be caught, and its work must not delay the clients of the verdict.
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
  // A child that has ended takes no messages; its end is in the report.
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
