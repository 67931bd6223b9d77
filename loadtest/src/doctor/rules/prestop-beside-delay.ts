import { secondsText, shutdownOf } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { served, severe } from './served.js'

export const preStopBesideDelay: Rule = {
  id: 'prestop-beside-delay',
  severity: 'warning',
  title: 'A preStop sleep stands beside the delay of the process',
  why:
    'Both waits do the same, one after the other, and both spend the grace period. The process does not know about the first one: ' +
    'it starts its own delay after it. `preStop.sleep` also continues after the process has ended.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          env:
            - name: GRACEFUL_SHUTDOWN_DELAY
              value: "2000-10000-15000"
          lifecycle:
            preStop:
              sleep:
                seconds: 10`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          env:
            - name: GRACEFUL_SHUTDOWN_DELAY
              value: "2000-10000-15000"
          lifecycle: null`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      for (const container of workload.containers) {
        const { preStop, delay, library } = shutdownOf(container)
        if (preStop === undefined || preStop.seconds === 0 || (!library && delay === undefined) || delay?.seconds === 0)
          continue
        const path = [...container.path, 'lifecycle', 'preStop']
        const own =
          delay === undefined ? "the library's default delay" : `${secondsText(delay.seconds)} (${delay.name})`
        const onlyHook = Object.keys((container.body['lifecycle'] as object | undefined) ?? {}).length === 1
        yield {
          object: workload.object,
          path,
          message: `container ${container.name} waits ${secondsText(preStop.seconds)} (${preStop.name}) before SIGTERM, and then again: ${own}`,
          instead: 'remove the preStop hook, or set the delay to 0',
          severity: severe(traffic, 'warning'),
          edits: [{ object: workload.object, path: onlyHook ? path.slice(0, -1) : path }],
        }
      }
    }
  },
}
