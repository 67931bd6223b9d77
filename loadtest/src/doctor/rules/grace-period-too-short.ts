import { secondsText, shutdownOf } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { served } from './served.js'

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
    for (const { workload } of served(world)) {
      const { object, podPath, grace } = workload
      const path = [...podPath, 'terminationGracePeriodSeconds']
      // `no-grace-period` reports these.
      if (grace < 2) continue
      for (const container of [...workload.containers, ...workload.sidecars]) {
        const { preStop, delay, budget } = shutdownOf(container)
        const rest = budget ?? delay
        const parts = [preStop, rest].filter((part) => part !== undefined)
        const total = parts.reduce((sum, { seconds }) => sum + seconds, 0)
        const left = grace - total
        if (rest === undefined ? preStop === undefined || left >= LEAST_DRAIN : left > 0) continue
        const needed = Math.ceil(total + (rest === undefined ? 20 : RESERVE))
        const sum = parts.map(({ name, seconds }) => `${secondsText(seconds)} (${name})`).join(' + ')
        yield {
          object,
          path: object.has(path) ? path : (parts[0]?.path ?? path),
          message:
            `container ${container.name} needs ${sum}${parts.length > 1 ? ` = ${secondsText(total)}` : ''} to shut down, but ` +
            `terminationGracePeriodSeconds is ${grace}${object.has(path) ? '' : ' (the default)'}: ` +
            (left > 0 ? `the drain has ${secondsText(left)} before SIGKILL` : 'SIGKILL cuts the requests in flight'),
          instead: `terminationGracePeriodSeconds: ${needed}, or shorter times`,
          severity: left > 0 ? 'warning' : 'error',
          edits: [{ object, path, value: needed }],
        }
      }
    }
  },
}
