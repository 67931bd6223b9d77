import type { KubeObject } from './kube-object.js'
import { fields, isFields, labels, list, text, whole, type Path } from './values.js'

export interface ServicePort {
  readonly path: Path
  readonly name: string | undefined
  readonly port: number | undefined
  /** By number or name. Default: `port`. */
  readonly targetPort: number | string | undefined
}

export interface Service {
  readonly object: KubeObject
  readonly type: string
  readonly headless: boolean
  readonly selector: Readonly<Record<string, string>>
  readonly ports: readonly ServicePort[]
}

/** The label that Argo Rollouts adds to the selector of a Service, for the pods of one revision. */
const ROLLOUT_HASH = 'rollouts-pod-template-hash'

const withoutHash = (selector: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(selector).filter(([key]) => key !== ROLLOUT_HASH))

/** Reads a Service. */
export function readService(object: KubeObject): Service {
  const spec = fields(object.get('spec'))
  return {
    object,
    type: text(spec['type']) ?? 'ClusterIP',
    headless: spec['clusterIP'] === 'None',
    selector: withoutHash(labels(spec['selector'])),
    ports: list(spec['ports']).map((body, index) => {
      const { name, port, targetPort } = fields(body)
      return {
        path: ['spec', 'ports', index],
        name: text(name),
        port: whole(port),
        // The API server takes 0 and an empty text as "not set".
        targetPort: whole(targetPort) || text(targetPort) || whole(port),
      }
    }),
  }
}

/** A backend of an Ingress, or of a route of the Gateway API. */
export interface Backend {
  readonly path: Path
  readonly service: string
  readonly namespace: string | undefined
  readonly port: number | string | undefined
}

/** Returns the Services to which an Ingress or a route sends traffic. */
export function backendsOf(object: KubeObject): Backend[] {
  if (object.kind === 'Ingress') return ingressBackends(object)
  if (!/^(?:HTTP|GRPC|TCP|TLS)Route$/u.test(object.kind)) return []
  return list(object.get('spec', 'rules')).flatMap((rule, at) =>
    list(fields(rule)['backendRefs']).flatMap((reference, index) => {
      const { kind = 'Service', group = '', name, namespace, port } = fields(reference)
      if (kind !== 'Service' || group !== '' || typeof name !== 'string') return []
      const path = ['spec', 'rules', at, 'backendRefs', index]
      return [{ path, service: name, namespace: text(namespace), port: whole(port) }]
    }),
  )
}

function ingressBackends(object: KubeObject): Backend[] {
  const paths: Path[] = [
    ['spec', 'defaultBackend'],
    ['spec', 'backend'],
    ...list(object.get('spec', 'rules')).flatMap((rule, at) =>
      list(fields(fields(rule)['http'])['paths']).map((_, index) => [
        'spec',
        'rules',
        at,
        'http',
        'paths',
        index,
        'backend',
      ]),
    ),
  ]
  return paths.flatMap((path): Backend[] => {
    const { service, serviceName, servicePort } = fields(object.get(...path))
    if (isFields(service)) {
      const { name: portName, number } = fields(service['port'])
      const name = text(service['name'])
      if (name === undefined) return []
      return [
        { path: [...path, 'service'], service: name, namespace: undefined, port: whole(number) ?? text(portName) },
      ]
    }
    if (typeof serviceName !== 'string') return []
    return [{ path, service: serviceName, namespace: undefined, port: whole(servicePort) ?? text(servicePort) }]
  })
}
