import { ChildProcess } from 'node:child_process'
import cluster, { type Worker } from 'node:cluster'
import { syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:os'
import type { Assembly } from '../process/handover.js'
import type { ShutdownContext } from '../types.js'
import { WorkerListeners } from './cluster-listeners.js'
import { answerQuestions } from './cluster-messages.js'
import type { Handle } from './listen.js'

let worst = 0

/** Returns the highest exit code of the workers that have exited in the shutdown. */
export const worstWorkerExit = (): number => worst

/**
 * Makes the workers of a cluster part of the primary's shutdown. The primary passes the signal on, waits for their exits, and exits with the
 * worst exit code. Before the shutdown, workers that exit concern the application alone. During it, `cluster.fork` starts none.
 *
 * @returns a function that takes the workers out of the shutdown
 */
export function superviseWorkers(
  { graceful, startOtherCode }: Pick<Assembly, 'graceful' | 'startOtherCode'>,
  handles: ReadonlySet<Handle>,
): () => void {
  const listening = new Set<number>()
  const listeners = new WorkerListeners(listening, handles)
  // The primary's own listeners often count the exits of the workers, so they run before the workers exit.
  void listeners.closed.then(startOtherCode)
  const onListening = (worker: Worker): void => {
    if (listening.has(worker.id)) return
    listening.add(worker.id)
    answerQuestions(worker.process, async (question) => {
      if (question === 'stop' && graceful.state !== 'ready') await listeners.stop(worker.id)
    })
  }
  const onGone = ({ id }: Worker): void => {
    listening.delete(id)
    listeners.update()
  }
  for (const worker of workers()) if ((worker as { state?: string }).state === 'listening') onListening(worker)
  cluster.on('listening', onListening)
  cluster.on('disconnect', onGone)
  cluster.on('exit', onGone)
  const removeCheck = graceful.addReadinessCheck('workers', () => {
    if (listening.size === 0) throw new Error('no worker of the cluster listens')
  })
  const removeHook = graceful.onShutdown('cluster workers', shutDownWorkers, { phase: 'signal' })
  return () => {
    cluster.off('listening', onListening)
    cluster.off('disconnect', onGone)
    cluster.off('exit', onGone)
    removeCheck()
    removeHook()
  }
}

const workers = (): Worker[] => Object.values(cluster.workers ?? {}).flatMap((worker) => worker ?? [])

/** Passes the signal on. A worker that has received it already, in a process group, does nothing more. */
async function shutDownWorkers({ signal }: ShutdownContext): Promise<void> {
  stopForking()
  // A worker that does not answer must not outlive the primary.
  process.once('exit', () => {
    for (const worker of workers()) worker.process.kill('SIGKILL')
  })
  const exits = await Promise.all(
    workers().map(async (worker) => {
      const exited = exitOf(worker)
      worker.process.kill(signal ?? 'SIGTERM')
      return exited
    }),
  )
  worst = Math.max(0, ...exits.map(({ code }) => code))
  const failed = exits.filter(({ code }) => code > 0)
  if (failed.length === 0) return
  throw new Error(failed.map(({ pid, code }) => `the worker with PID ${pid} exited with ${code}`).join('; '))
}

interface Exit {
  readonly pid: number | undefined
  readonly code: number
}

/** Resolves with the exit code. A worker that the signal has ended had nothing to shut down. */
async function exitOf(worker: Worker): Promise<Exit> {
  return new Promise((resolve) => {
    worker.once('exit', (code: number | null, signal: NodeJS.Signals | null) => {
      const bySignal = signal === null ? 0 : 128 + constants.signals[signal]
      const ended = code ?? bySignal
      resolve({ pid: worker.process.pid, code: ended === 143 || ended === 130 ? 0 : ended })
    })
  })
}

/**
 * Many primaries fork a worker when one exits. A new worker would start in a pod that is leaving. The primary gets a worker object without a
 * process, because it expects one.
 */
function stopForking(): void {
  cluster.fork = () => {
    const process = Object.assign(new ChildProcess(), { send: () => false })
    // oxlint-disable-next-line typescript/no-explicit-any -- an undocumented constructor
    return new (cluster as any).Worker({ process, state: 'none' }) as Worker
  }
  syncBuiltinESMExports()
}
