import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { now, toEpoch } from '../../../../base/clock.js'
import { ownFault } from '../../../../base/machine/own-fault.js'
import { guardGroup, killGroup, releaseGroup } from './process-groups.js'

/** The end of a process, as a container runtime reports it. */
export interface ProcessExit {
  /** Epoch ms. */
  readonly at: number
  /** After a signal: 128 + the number of the signal. Null if the process could not be started. */
  readonly exitCode: number | null
  /** `exit code 1`, `SIGKILL`, or why the process could not be started. */
  readonly description: string
}

export interface ProcessOptions {
  readonly argv: readonly string[]
  /** Overrides the environment of this process. */
  readonly environment: NodeJS.ProcessEnv
  readonly cwd: string | undefined
  readonly onLine: (line: string) => void
}

export interface RunningProcess {
  readonly exited: Promise<ProcessExit>
  /** The command line of the process that got SIGTERM: a shell may have replaced itself by then. Empty if there was none, or it is unknown. */
  readonly terminated: readonly string[]
  /** Whether the process has ended, also if its exit was not reported yet. False where the system has no `/proc`. */
  hasEnded(): boolean
  /** Sends SIGTERM to the process, as the kubelet does to PID 1 of a container. */
  terminate(): void
  /** Sends SIGKILL to the process and to every process that it started, as a container ends as a whole. */
  kill(): void
}

/** How long to wait for output after the end of a process. A child process may keep the pipe open longer. */
const OUTPUT_LIMIT_MS = 1_000

/**
 * Starts a process in a new process group. Ctrl-C at the terminal does not reach it, and its child processes end with it.
 * `onLine` receives the lines of stdout and stderr, all of them before `exited` resolves.
 */
export function startProcess({ argv, environment, cwd, onLine }: ProcessOptions): RunningProcess {
  const [file = '', ...args] = argv
  const child = spawn(file, args, {
    env: { ...process.env, ...environment },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const { pid } = child
  if (pid !== undefined) guardGroup(pid)

  // Without a free file descriptor, Node creates no pipes, against its types.
  const pipes: readonly (Readable | undefined)[] = [child.stdout, child.stderr]
  const outputs = pipes.map(
    (stream) =>
      new Promise<void>((resolve) => {
        if (stream === undefined) return resolve()
        stream.on('error', () => resolve())
        createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine).on('close', resolve)
      }),
  )

  const ended = new Promise<ProcessExit>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (pid === undefined)
        resolve({
          at: toEpoch(now()),
          exitCode: null,
          description: `cannot start ${file}: ${whyOf(error)}`,
        })
    })
    child.once('exit', (code, signal) => {
      const at = toEpoch(now())
      if (signal === null) resolve({ at, exitCode: code, description: `exit code ${code}` })
      else resolve({ at, exitCode: 128 + constants.signals[signal], description: signal })
    })
  })

  let terminated: readonly string[] = []
  return {
    get terminated() {
      return terminated
    },
    exited: ended.then(async (exit) => {
      if (pid !== undefined) {
        killGroup(pid)
        releaseGroup(pid)
      }
      await Promise.race([Promise.all(outputs), new Promise((resolve) => setTimeout(resolve, OUTPUT_LIMIT_MS).unref())])
      return exit
    }),
    hasEnded: () => pid !== undefined && isZombie(pid),
    terminate() {
      if (pid !== undefined && terminated.length === 0) terminated = commandLine(pid)
      // Node sends nothing after it has seen the end of the process, so the signal cannot reach another process.
      child.kill('SIGTERM')
    },
    kill() {
      if (pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(pid)
    },
  }
}

function whyOf({ code, message }: NodeJS.ErrnoException): string {
  const own = ownFault(code)
  return own === undefined ? (code ?? message) : `${code}, this machine ${own.problem}; ${own.wayOut}`
}

/** Returns whether a process has ended and waits for its parent to notice. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /u.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** Returns the present command line of a process; empty where the system has no `/proc`. */
function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/u, '').split('\0')
  } catch {
    return []
  }
}
