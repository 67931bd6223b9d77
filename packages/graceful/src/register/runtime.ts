import cluster from 'node:cluster'
import { processRuntime, type Runtime } from '../process/runtime.js'
import { listenForUnhandled } from './crashes.js'
import { worstWorkerExit } from './cluster-primary.js'

/** The process, as the preload uses it: where the program has its own way, that way stays. */
export const preloadRuntime: Runtime = {
  ...processRuntime,
  onSignal(signal, listener) {
    let received = false
    return processRuntime.onSignal(signal, () => {
      // A terminal sends SIGINT to the whole process group, and then the primary forwards it. The primary ends at the second key press.
      if (cluster.isWorker && signal === 'SIGINT' && received) return
      received = true
      listener()
    })
  },
  // Node reports an unhandled rejection as an uncaught exception, unless the program or a flag decides otherwise.
  onCrash: (event, listener) => (event === 'uncaughtException' ? listenForUnhandled(listener) : () => {}),
  exit: (code) => processRuntime.exit(Math.max(code, worstWorkerExit())),
}
