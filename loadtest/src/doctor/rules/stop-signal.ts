import { fields, text } from '../model/values.js'
import { shutdownOf } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { served } from './served.js'

const LIBRARY_SIGNALS = 'SIGTERM,SIGINT'

export const stopSignal: Rule = {
  id: 'stop-signal',
  severity: 'error',
  title: 'The stop signal is one that the service does not handle',
  why:
    'The container runtime sends lifecycle.stopSignal, or STOPSIGNAL of the image, instead of SIGTERM. SIGKILL cannot be handled. The ' +
    'library starts a shutdown only for the signals in GRACEFUL_SIGNALS (default SIGTERM and SIGINT).',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-stop-signals'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      os:
        name: linux
      containers:
        - name: shop
          lifecycle:
            stopSignal: SIGKILL`,
    right: `kind: Deployment
spec:
  template:
    spec:
      os:
        name: linux
      containers:
        - name: shop
          lifecycle:
            stopSignal: SIGTERM`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload } of served(world)) {
      const { object } = workload
      for (const container of workload.containers) {
        const path = [...container.path, 'lifecycle', 'stopSignal']
        const given = text(fields(container.body['lifecycle'])['stopSignal'])
        const edits = [{ object, path }]
        if (given === 'SIGKILL' || given === 'SIGSTOP') {
          yield {
            object,
            path,
            message: `container ${container.name} is stopped with ${given}, which no process can handle`,
            instead: 'stopSignal: SIGTERM',
            edits,
          }
          continue
        }
        if (!shutdownOf(container).library) continue
        const signals = (container.env.get('GRACEFUL_SIGNALS')?.trim() || LIBRARY_SIGNALS)
          .split(',')
          .map((name) => name.trim())
        const sent = given ?? 'SIGTERM'
        // `off` leaves the signals to the application, which calls the library itself.
        if (signals.includes('off') || signals.includes(sent)) continue
        yield {
          object,
          path: given === undefined ? (container.envPaths.get('GRACEFUL_SIGNALS') ?? container.path) : path,
          message: `container ${container.name} is stopped with ${sent}, but the library handles ${signals.join(' and ')}`,
          instead: given === undefined ? 'GRACEFUL_SIGNALS with SIGTERM' : 'stopSignal: SIGTERM',
          edits: given === undefined ? [] : edits,
        }
      }
    }
  },
}
