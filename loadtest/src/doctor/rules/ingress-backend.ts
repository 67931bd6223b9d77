import { nearest } from '../../base/nearest.js'
import { backendsOf } from '../model/service.js'
import type { Problem, Rule } from '../rule.js'
import { listed } from './served.js'

export const ingressBackend: Rule = {
  id: 'ingress-backend',
  severity: 'error',
  title: 'An Ingress or a route sends to a Service or port that does not exist',
  why: 'The proxy answers such requests with 503 or 404. After a rename of the Service, this begins with the rollout.',
  sameAs: ['kube-linter dangling-ingress', 'kube-score ingress-targets-service'],
  example: {
    wrong: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
spec:
  defaultBackend:
    service:
      name: shop
      port:
        number: 8081`,
    right: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
spec:
  defaultBackend:
    service:
      name: shop
      port:
        number: 80`,
  },
  *check(world): Iterable<Problem> {
    const routed = new Set(world.objects.flatMap((object) => backendsOf(object).map(({ service }) => service)))
    for (const object of world.objects) {
      const reported = new Set<string>()
      for (const { path, service: name, namespace, port } of backendsOf(object)) {
        // The AWS load balancer controller takes the name for that of an action, which an annotation holds.
        if (port === 'use-annotation') continue
        const services = world.services.filter(({ object: other }) =>
          namespace === undefined
            ? world.near(object, other)
            : other.namespace === undefined || other.namespace === namespace,
        )
        // The Services may be in another input.
        if (services.length === 0) continue
        const named = services.filter((service) => service.object.name === name)
        // One wrong name or port is one finding, however many paths use it.
        const key = JSON.stringify([name, namespace, named.length > 0 && port])
        if (reported.has(key)) continue
        reported.add(key)
        if (named.length === 0) {
          const names = services.map((service) => service.object.name)
          const guess =
            nearest(name, names) ?? names.filter((each) => !routed.has(each)).find((each) => includes(each, name))
          yield {
            object,
            path,
            message: `there is no Service ${name} in the input; it has ${listed(names)}: requests get an error`,
            instead: guess ?? 'the name of a Service',
            severity: guess !== undefined || services.length === 1 ? 'error' : 'warning',
          }
          continue
        }
        // It is only a name in the DNS: the proxy takes the port of the Ingress.
        if (named.some(({ type }) => type === 'ExternalName')) continue
        const ports = named.flatMap((service) => service.ports)
        if (port === undefined || ports.some((each) => each.port === port || each.name === port)) continue
        // Old Ingresses give the number of a port as text.
        if (typeof port === 'string' && ports.some((each) => String(each.port) === port)) continue
        const have = ports
          .map((each) => (each.name === undefined ? String(each.port) : `${each.port} (${each.name})`))
          .join(', ')
        yield {
          object,
          path,
          message: `Service ${name} has no port ${port}; it has ${have || 'none'}: requests get an error`,
          instead: have === '' ? 'a port of the Service' : `one of ${have}`,
        }
      }
    }
  },
}

/** Whether a name is a part of another one, as `shop` of `svc-shop`. */
const includes = (one: string, other: string): boolean => one.includes(other) || other.includes(one)
