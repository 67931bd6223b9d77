import type { Problem, Rule } from '../rule.js'

const POD_NAME = 'statefulset.kubernetes.io/pod-name'

export const publishNotReady: Rule = {
  id: 'publish-not-ready',
  severity: 'error',
  title: 'The Service sends requests to pods that are not ready',
  why:
    'With publishNotReadyAddresses, a pod gets requests from its creation to its end, before it listens and after it has drained. It is ' +
    'meant for headless Services through which the pods of a StatefulSet find each other.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceSpec'],
  example: {
    wrong: `kind: Service
spec:
  publishNotReadyAddresses: true`,
    right: `kind: Service
spec:
  publishNotReadyAddresses: false`,
  },
  *check(world): Iterable<Problem> {
    for (const { object, headless, selector } of world.services) {
      const path = ['spec', 'publishNotReadyAddresses']
      // A Service for each pod of a StatefulSet is for its peers.
      if (headless || POD_NAME in selector || object.get(...path) !== true) continue
      const message = 'publishNotReadyAddresses is true: pods that still start, that fail or that drain get requests'
      yield {
        object,
        path,
        message,
        instead: 'remove the field; for peers, a second, headless Service',
        edits: [{ object, path }],
      }
    }
  },
}
