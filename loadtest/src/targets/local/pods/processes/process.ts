import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { now, toEpoch } from '../../../../base/clock.js'
import { guardGroup, killGroup, releaseGroup } from './process-groups.js'

/** How a process ended, as a container runtime would tell it. */
export interface ProcessExit {
  /** Epoch ms. */
  readonly at: number
  /** 128 + the signal's number after a signal, as a container shows it; null where it could not be started. */
  readonly exitCode: number | null
  /** For people: `exit code 1`, `SIGKILL`, or why it could not be started. */
  readonly description: string
}

export interface ProcessOptions {
  readonly argv: readonly string[]
  /** Over the environment of this process. */
  readonly environment: NodeJS.ProcessEnv
  readonly cwd: string | undefined
  readonly onLine: (line: string) => void
}

export interface RunningProcess {
  readonly exited: Promise<ProcessExit>
  /** SIGTERM to the process itself, as the kubelet sends it to a container's PID 1. */
  terminate(): void
  /** SIGKILL to it and to every process that it started: a container dies as a whole. */
  kill(): void
}

/** How long output may still arrive after a process has ended; then whoever holds its pipe open is on their own. */
const OUTPUT_LIMIT_MS = 1_000

/**
 * Starts a process in a group of its own: a Ctrl-C at the terminal does not reach it, and what it leaves behind dies with
 * it. Lines of stdout and stderr go to `onLine`; all of them are delivered before `exited` is fulfilled.
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

  const outputs = [child.stdout, child.stderr].map(
    (stream) =>
      new Promise<void>((resolve) => {
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
          description: `cannot start ${file}: ${error.code ?? error.message}`,
        })
    })
    child.once('exit', (code, signal) => {
      const at = toEpoch(now())
      if (signal === null) resolve({ at, exitCode: code, description: `exit code ${code}` })
      else resolve({ at, exitCode: 128 + constants.signals[signal], description: signal })
    })
  })

  return {
    exited: ended.then(async (exit) => {
      if (pid !== undefined) {
        killGroup(pid)
        releaseGroup(pid)
      }
      await Promise.race([Promise.all(outputs), new Promise((resolve) => setTimeout(resolve, OUTPUT_LIMIT_MS).unref())])
      return exit
    }),
    terminate() {
      // False after its end; never somebody else's process, because Node knows that it has been reaped.
      child.kill('SIGTERM')
    },
    kill() {
      if (pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(pid)
    },
  }
}
