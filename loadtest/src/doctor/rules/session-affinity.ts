import type { Problem, Rule } from '../rule.js'

export const sessionAffinity: Rule = {
  id: 'session-affinity',
  severity: 'info',
  title: 'Clients are bound to one pod',
  why:
    'A service that needs its clients to stay on one pod keeps state there. A rollout ends every pod, and each client loses that state. All ' +
    'clients of one address, such as a proxy, also load one pod.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity'],
  example: {
    wrong: `kind: Service
spec:
  sessionAffinity: ClientIP`,
    right: `kind: Service
spec:
  sessionAffinity: None`,
  },
  *check(world): Iterable<Problem> {
    for (const { object } of world.services) {
      const path = ['spec', 'sessionAffinity']
      if (object.get(...path) !== 'ClientIP') continue
      const message =
        'sessionAffinity is ClientIP: a rollout moves each client to another pod, without the state that its pod kept'
      yield { object, path, message, instead: 'sessionAffinity: None, with the state outside of the pods' }
    }
  },
}
