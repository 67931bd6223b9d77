import type { Container } from '../model/container.js'
import { fields, text } from '../model/values.js'
import { shutdownOf } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { served, severe } from './served.js'

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
    for (const file of world.dockerfiles) {
      const sent = nameOf(file.stopSignal)
      const problem = sent === undefined ? undefined : problemWith(sent, file.container)
      if (problem === undefined) continue
      const message = `the kubelet stops the container with ${sent}, ${problem}`
      yield { object: file, path: ['STOPSIGNAL'], message, instead: 'STOPSIGNAL SIGTERM, or no STOPSIGNAL' }
    }
    for (const { workload, traffic } of served(world)) {
      const { object } = workload
      for (const container of workload.running) {
        const path = [...container.path, 'lifecycle', 'stopSignal']
        const given = text(fields(container.body['lifecycle'])['stopSignal'])
        const sent = given ?? 'SIGTERM'
        const problem = problemWith(sent, container)
        if (problem === undefined) continue
        yield {
          object,
          path: given === undefined ? (container.envPaths.get('GRACEFUL_SIGNALS') ?? container.path) : path,
          message: `the kubelet stops container ${container.name} with ${sent}, ${problem}`,
          instead: given === undefined ? 'GRACEFUL_SIGNALS with SIGTERM' : 'stopSignal: SIGTERM',
          severity: severe(traffic, 'error'),
          edits: given === undefined ? [] : [{ object, path }],
        }
      }
    }
  },
}

function problemWith(sent: string, container: Container): string | undefined {
  if (sent === 'SIGKILL' || sent === 'SIGSTOP') return 'which no process can handle'
  if (!shutdownOf(container).library) return undefined
  const signals = (container.env.get('GRACEFUL_SIGNALS')?.trim() || LIBRARY_SIGNALS)
    .split(',')
    .map((name) => name.trim())
  // `off` leaves the signals to the application, which calls the library itself.
  if (signals.includes('off') || signals.includes(sent)) return undefined
  return `but the library handles ${signals.join(' and ')}`
}

/** Linux on x86 and ARM. */
const NUMBERS: Readonly<Record<string, string>> = {
  2: 'SIGINT',
  3: 'SIGQUIT',
  9: 'SIGKILL',
  15: 'SIGTERM',
  19: 'SIGSTOP',
}

/** A Dockerfile names a signal with SIG, without it, or by its number. A variable is not known. */
function nameOf(signal: string | undefined): string | undefined {
  if (signal === undefined || signal.includes('$')) return undefined
  const name = signal.replaceAll(/["']/gu, '').toUpperCase()
  return NUMBERS[name] ?? (name.startsWith('SIG') ? name : `SIG${name}`)
}
