import { pathText, type Path } from '../model/values.js'
import type { Workload } from '../model/workload.js'
import type { Problem, Rule } from '../rule.js'

export const misplacedField: Rule = {
  id: 'misplaced-field',
  severity: 'error',
  title: 'A field of the rollout is in the wrong place',
  why:
    'The API server ignores a field that it does not know, or kubectl refuses the manifest. Where it is ignored, the default applies: a grace ' +
    'period of 30 s, a strategy of 25 %, no probe.',
  sameAs: ['kube-linter schema-validation'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      strategy:
        rollingUpdate:
          maxUnavailable: 0`,
    right: `kind: Deployment
spec:
  strategy:
    rollingUpdate:
      maxUnavailable: 0`,
  },
  *check(world): Iterable<Problem> {
    for (const workload of world.workloads) {
      const { object } = workload
      for (const [path, right] of placesOf(workload)) {
        if (!object.has(path)) continue
        const move = right !== undefined && !object.has(right)
        yield {
          object,
          path,
          message: `${pathText(path)} is not a field of a ${object.kind}: it has no effect`,
          instead: right === undefined ? 'the field in each container' : pathText(right),
          edits:
            right === undefined
              ? []
              : [{ object, path }, ...(move ? [{ object, path: right, value: object.get(...path) }] : [])],
        }
      }
    }
  },
}

/** Wrong places, each with the right one. */
function placesOf({ kind, podPath, containers }: Workload): (readonly [wrong: Path, right: Path | undefined])[] {
  if (kind === 'Pod' || kind === 'Job' || kind === 'CronJob') return []
  const strategy = kind === 'StatefulSet' || kind === 'DaemonSet' ? 'updateStrategy' : 'strategy'
  const other = strategy === 'strategy' ? 'updateStrategy' : 'strategy'
  const grace = 'terminationGracePeriodSeconds'
  return [
    [
      ['spec', other],
      ['spec', strategy],
    ],
    ...['strategy', 'updateStrategy'].map(
      (key) =>
        [
          [...podPath, key],
          ['spec', strategy],
        ] as const,
    ),
    ...['replicas', 'minReadySeconds', 'revisionHistoryLimit'].map(
      (key) =>
        [
          [...podPath, key],
          ['spec', key],
        ] as const,
    ),
    [
      ['spec', grace],
      [...podPath, grace],
    ],
    ...containers.map(
      ({ path }) =>
        [
          [...path, grace],
          [...podPath, grace],
        ] as const,
    ),
    ...['readinessProbe', 'livenessProbe', 'startupProbe', 'lifecycle'].map(
      (key) => [[...podPath, key], undefined] as const,
    ),
    ...containers.map(
      ({ path }) =>
        [
          [...path, 'preStop'],
          [...path, 'lifecycle', 'preStop'],
        ] as const,
    ),
  ]
}
