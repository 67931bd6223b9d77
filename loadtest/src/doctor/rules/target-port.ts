import type { Workload } from '../model/workload.js'
import type { Problem, Rule } from '../rule.js'

export const targetPort: Rule = {
  id: 'target-port',
  severity: 'error',
  title: 'The Service sends to a port that no container has',
  why: 'A name that no container port has gives a Service without endpoints. A number that no container listens on gives refused connections.',
  sameAs: ['kube-linter invalid-target-ports'],
  sources: ['https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports'],
  example: {
    wrong: `kind: Service
spec:
  ports:
    - name: http
      targetPort: web`,
    right: `kind: Service
spec:
  ports:
    - name: http
      targetPort: http`,
  },
  *check(world): Iterable<Problem> {
    for (const { object, running } of world.workloads) {
      for (const { path, ports } of running) {
        for (const [index, { name, number }] of ports.entries()) {
          const [key, value]: readonly [string, string | number | undefined] =
            name !== undefined && invalidPort(name) !== undefined ? ['name', name] : ['containerPort', number]
          const invalid = value === undefined ? undefined : invalidPort(value)
          if (invalid === undefined) continue
          const message = `${key} ${JSON.stringify(value)} ${invalid}: the API server refuses the pod`
          yield {
            object,
            path: [...path, 'ports', index, key],
            message,
            instead: 'a port number, and a name of at most 15 characters',
          }
        }
      }
    }
    for (const service of world.services) {
      const workloads = world.workloadsOf(service)
      for (const { path, targetPort: target } of service.ports) {
        if (target === undefined) continue
        const { object } = service
        const at = object.has([...path, 'targetPort']) ? [...path, 'targetPort'] : [...path, 'port']
        const invalid = invalidPort(target)
        if (invalid !== undefined) {
          yield {
            object,
            path: at,
            message: `targetPort ${JSON.stringify(target)} ${invalid}`,
            instead: 'a port number, or the name of a container port',
          }
          continue
        }
        const lacks = (workload: Workload): boolean => {
          const ports = workload.running.flatMap((container) => container.ports)
          // Sidecar injection and images declare no ports.
          if (typeof target === 'number') return ports.length > 0 && !ports.some(({ number }) => number === target)
          return !ports.some(({ name }) => name === target)
        }
        // A pod without the port gets no requests, as long as others have it.
        const [lacking] = workloads
        if (lacking === undefined || !workloads.every(lacks)) continue
        const declared = lacking.running.flatMap(({ ports }) =>
          ports.flatMap(({ name, number }) =>
            number === undefined ? (name ?? []) : name === undefined ? String(number) : `${name} (${number})`,
          ),
        )
        const have = declared.join(', ') || 'no declared port'
        yield {
          object,
          path: at,
          message: `targetPort ${target} is no port of ${lacking.object.title}, which has ${have}${typeof target === 'number' ? ': requests fail unless the process listens there' : ': requests to the Service fail'}`,
          instead: declared.length === 0 ? `a container port with the name ${target}` : `one of ${have}`,
          // A process can listen on a port that its container does not declare. Clients of a headless Service choose the port themselves.
          severity: typeof target === 'number' || service.headless ? 'info' : 'error',
        }
      }
    }
  },
}

/** The rules of IANA_SVC_NAME. */
function invalidPort(port: number | string): string | undefined {
  if (typeof port === 'number') return port >= 1 && port <= 65_535 ? undefined : 'is not between 1 and 65535'
  if (port.length > 15) return 'has more than 15 characters'
  if (!/[a-z]/iu.test(port)) return 'is a name without a letter'
  return undefined
}
