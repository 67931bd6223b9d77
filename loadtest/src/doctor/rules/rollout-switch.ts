import { whole } from '../model/values.js'
import type { Problem, Rule } from '../rule.js'

/** Argo's documentation recommends at least 30 s, so that every node has the new endpoints. */
const LEAST = 30

export const rolloutSwitch: Rule = {
  id: 'rollout-switch',
  severity: 'error',
  title: 'The old pods of a blue-green Rollout end before all proxies have switched',
  why:
    'After the switch of the Service, kube-proxies and load balancers send to the old pods until they have learned of it. ' +
    'scaleDownDelaySeconds keeps the old pods for that time. With 0, the controller keeps them for ever.',
  sameAs: [],
  sources: ['https://argo-rollouts.readthedocs.io/en/stable/features/bluegreen/#scaledowndelayseconds'],
  example: {
    wrong: `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: store
spec:
  strategy:
    blueGreen:
      activeService: shop
      scaleDownDelaySeconds: 5`,
    right: `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: store
spec:
  strategy:
    blueGreen:
      activeService: shop
      scaleDownDelaySeconds: 30`,
  },
  *check(world): Iterable<Problem> {
    for (const { object, kind } of world.workloads) {
      if (kind !== 'Rollout') continue
      for (const strategy of ['blueGreen', 'canary']) {
        const path = ['spec', 'strategy', strategy, 'scaleDownDelaySeconds']
        const delay = whole(object.get(...path))
        if (delay === undefined || delay >= LEAST) continue
        yield {
          object,
          path,
          // `addScaleDownDelay` in argo-rollouts `rollout/replicaset.go` sets no deadline for 0; seen with v1.10.2.
          message:
            delay === 0
              ? 'scaleDownDelaySeconds is 0: the controller of Argo Rollouts never ends the old pods'
              : `scaleDownDelaySeconds is ${delay}: old pods end while proxies still send to them`,
          instead: `scaleDownDelaySeconds: ${LEAST}, the default`,
          edits: [{ object, path, value: LEAST }],
        }
      }
    }
  },
}
