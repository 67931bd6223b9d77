import { secondsText, shutdownOf } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'

const FORMATS: readonly (readonly [name: string, format: RegExp, expected: string])[] = [
  ['GRACEFUL_SHUTDOWN_DELAY', /^\d+(?:-\d+){0,2}$/u, 'milliseconds, such as 5000 or 2000-10000-40000'],
  ['GRACEFUL_TIMEOUT', /^[1-9]\d*$/u, 'milliseconds, such as 25000'],
]

export const shutdownVariables: Rule = {
  id: 'shutdown-variables',
  severity: 'error',
  title: 'The variables of the shutdown contradict each other',
  why:
    'The library refuses to start with an invalid delay, or with a delay that is not below its timeout. A copy of the grace period that ' +
    'differs from the real one hides that the budget does not fit.',
  sameAs: [],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          env:
            - name: GRACEFUL_SHUTDOWN_DELAY
              value: "30000"
            - name: GRACEFUL_TIMEOUT
              value: "25000"
          lifecycle: null`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          env:
            - name: GRACEFUL_SHUTDOWN_DELAY
              value: "10000"
            - name: GRACEFUL_TIMEOUT
              value: "25000"
          lifecycle: null`,
  },
  *check(world): Iterable<Problem> {
    for (const { object, containers, grace } of world.workloads) {
      for (const container of containers) {
        const at = (name: string): readonly (string | number)[] => container.envPaths.get(name) ?? container.path
        for (const [name, format, expected] of FORMATS) {
          const value = container.env.get(name)?.trim()
          if (!value || format.test(value)) continue
          yield {
            object,
            path: at(name),
            message: `${name} is ${JSON.stringify(value)}: the process does not start`,
            instead: expected,
          }
        }
        const { delay, budget } = shutdownOf(container)
        if (delay !== undefined && budget !== undefined && delay.seconds >= budget.seconds) {
          yield {
            object,
            path: delay.path,
            message: `${delay.name} is up to ${secondsText(delay.seconds)}, and ${budget.name}, which includes it, is ${secondsText(budget.seconds)}: no time is left for the drain`,
            instead: `a delay well below ${secondsText(budget.seconds)}`,
          }
        }
        const copy = container.env.get('TERMINATION_GRACE_PERIOD_SECONDS')
        if (copy !== undefined && Number(copy) !== grace) {
          yield {
            object,
            path: at('TERMINATION_GRACE_PERIOD_SECONDS'),
            message: `TERMINATION_GRACE_PERIOD_SECONDS is ${copy}, but terminationGracePeriodSeconds is ${grace}`,
            instead: `value: "${grace}"`,
            severity: 'warning',
            edits: [{ object, path: at('TERMINATION_GRACE_PERIOD_SECONDS'), value: String(grace) }],
          }
        }
      }
    }
  },
}
