import { whole } from '../model/values.js'
import type { Workload } from '../model/workload.js'
import type { Problem, Rule } from '../rule.js'

export const progressDeadline: Rule = {
  id: 'progress-deadline',
  severity: 'warning',
  title: 'The rollout counts as failed while its pods still start',
  why:
    'A pod is available only after its start and minReadySeconds. If progressDeadlineSeconds is shorter, a healthy rollout counts as failed, ' +
    'and tools that watch it undo it under load. The API server refuses a deadline that is not above minReadySeconds.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds'],
  example: {
    wrong: `kind: Deployment
spec:
  minReadySeconds: 30
  progressDeadlineSeconds: 45`,
    right: `kind: Deployment
spec:
  minReadySeconds: 30
  progressDeadlineSeconds: 120`,
  },
  *check(world): Iterable<Problem> {
    for (const workload of world.workloads) {
      const { object, minReady } = workload
      const path = ['spec', 'progressDeadlineSeconds']
      const deadline = whole(object.get(...path))
      if (deadline === undefined) continue
      const start = startTime(workload)
      if (deadline > minReady + start) continue
      const value = Math.max(120, 2 * (minReady + start))
      yield {
        object,
        path,
        message:
          deadline <= minReady
            ? `progressDeadlineSeconds is ${deadline}, which must be above minReadySeconds (${minReady}): the API server refuses it`
            : `progressDeadlineSeconds is ${deadline}, but a pod may take ${start} s to start and must then stay ready for ${minReady} s`,
        instead: `progressDeadlineSeconds: ${value}`,
        severity: deadline <= minReady ? 'error' : 'warning',
        edits: [{ object, path, value }],
      }
    }
  },
}

/** The time that the startup probes give the slowest container, or else 15 s. */
function startTime({ containers }: Workload): number {
  const times = containers.flatMap(({ probes: { startupProbe: probe } }) =>
    probe === undefined ? [] : [probe.initialDelay + probe.period * probe.failures],
  )
  return Math.max(15, ...times)
}
