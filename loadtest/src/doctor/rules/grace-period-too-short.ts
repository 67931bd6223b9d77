import type { Container } from '../model/container.js'
import { secondsText, shutdownOf, type ShutdownTime } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { served, severe } from './served.js'

/** A drain needs at least this long after a preStop sleep whose server has no known limit, in seconds. */
const LEAST_DRAIN = 5
/** Time between the end of the budget and SIGKILL, in seconds: the kubelet's clock starts before SIGTERM arrives. */
const RESERVE = 5

export const gracePeriodTooShort: Rule = {
  id: 'grace-period-too-short',
  severity: 'error',
  title: 'The grace period is shorter than the shutdown',
  why:
    'The kubelet sends SIGKILL at the end of terminationGracePeriodSeconds. The preStop hook, the delay, the drain and the shutdown ' +
    'hooks all spend this one period. SIGKILL cuts every request that is still in flight.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 30
      containers:
        - name: shop
          env:
            - name: GRACEFUL_SHUTDOWN_DELAY
              value: "2000-15000-40000"
            - name: GRACEFUL_TIMEOUT
              value: "60000"
          lifecycle: null`,
    right: `kind: Deployment
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 65
      containers:
        - name: shop
          env:
            - name: GRACEFUL_SHUTDOWN_DELAY
              value: "2000-15000-40000"
            - name: GRACEFUL_TIMEOUT
              value: "60000"
          lifecycle: null`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      const { object, podPath, grace } = workload
      const path = [...podPath, 'terminationGracePeriodSeconds']
      // `no-grace-period` reports these.
      if (grace < 2) continue
      const all = workload.running.map((container) => ({
        container,
        ...timesOf(container),
      }))
      // One field is the limit of all containers.
      const needed = Math.max(...all.map((each) => each.needed))
      for (const { container, parts, total, isKnown } of all) {
        const left = grace - total
        if (isKnown ? left > 0 : parts.length === 0 || left >= LEAST_DRAIN) continue
        const sum = parts.map(({ name, seconds }) => `${secondsText(seconds)} (${name})`).join(' + ')
        yield {
          object,
          path: object.has(path) ? path : (parts[0]?.path ?? path),
          message:
            `container ${container.name} needs ${sum}${parts.length > 1 ? ` = ${secondsText(total)}` : ''} to shut down, but ` +
            `terminationGracePeriodSeconds is ${grace}${object.has(path) ? '' : ' (the default)'}: ` +
            (left > 0 ? `the drain has ${secondsText(left)} before SIGKILL` : 'SIGKILL cuts the requests in flight'),
          instead: `terminationGracePeriodSeconds: ${needed}, or shorter times`,
          severity: severe(traffic, left > 0 ? 'warning' : 'error'),
          edits: [{ object, path, value: needed }],
        }
      }
    }
  },
}

interface Times {
  readonly parts: readonly ShutdownTime[]
  /** In seconds. */
  readonly total: number
  /** Whether the time after the preStop hook is known. */
  readonly isKnown: boolean
  readonly needed: number
}

function timesOf(container: Container): Times {
  const { preStop, delay, budget } = shutdownOf(container)
  const rest = budget ?? delay
  const parts = [preStop, rest].filter((part) => part !== undefined)
  const total = parts.reduce((sum, { seconds }) => sum + seconds, 0)
  const isKnown = rest !== undefined
  return { parts, total, isKnown, needed: parts.length === 0 ? 0 : Math.ceil(total + (isKnown ? RESERVE : 20)) }
}
