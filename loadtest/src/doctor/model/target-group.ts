import type { KubeObject } from './kube-object.js'
import { attributeIn, classOf } from './proxy-class.js'
import { backendsOf, type Service } from './service.js'
import { dig, fields, labels, list, text, type Path } from './values.js'
import type { World } from './world.js'

/** A field of a target group of AWS, and the Services whose pods or nodes are its targets. */
interface Setting {
  /** The object that has the field. */
  readonly object: KubeObject
  readonly path: Path
  readonly services: readonly Service[]
}

/** The attributes of a target group. */
export interface Attributes extends Setting {
  /** A network load balancer keeps open connections after the deregistration delay, unless an attribute says otherwise. */
  readonly network: boolean
  get(key: string): string | undefined
  /** The path of the value of one attribute, or of all of them. */
  pathOf(key: string): Path
}

const ALB = 'alb.ingress.kubernetes.io/'
const NLB = 'service.beta.kubernetes.io/aws-load-balancer-'

/** Returns the fields that make pods the targets of a load balancer, instead of nodes. */
export const podTargetsOf = (world: World): readonly Setting[] =>
  world.objects.flatMap((object): readonly Setting[] => {
    switch (object.kind) {
      case 'Ingress':
        return ofIngress(world, object)
      case 'Service':
        return ofService(world, object)
      case 'TargetGroupBinding': {
        // The controller makes such an object for each of its Ingresses, Services and Gateways, too.
        const made = Object.keys(labels(object.get('metadata', 'labels'))).some((key) => key.includes('.k8s.aws/'))
        return made ? [] : ip(world, object, ['spec', 'targetType'], object.get('spec', 'serviceRef'))
      }
      case 'TargetGroupConfiguration':
        return ip(world, object, ['spec', 'defaultConfiguration', 'targetType'], object.get('spec', 'targetReference'))
      default:
        return []
    }
  })

/** The parameters of the class count before the annotations. */
function ofIngress(world: World, object: KubeObject): readonly Setting[] {
  const { controller, parameters } = classOf(world, object)
  // EKS Auto Mode has rules of its own.
  if (controller.startsWith('eks.amazonaws.com/')) return []
  const type = parameters.map((each) => text(each.get('spec', 'targetType'))).find((each) => each !== undefined)
  const key = `${ALB}target-type`
  const path = type === undefined ? ['metadata', 'annotations', key] : ['spec', 'ingressClassName']
  const services = servicesBehind(world, object)
  return (type ?? object.annotations[key]) === 'ip' ? [{ object, path, services }] : []
}

function ofService(world: World, object: KubeObject): readonly Setting[] {
  const services = servicesBehind(world, object).filter(({ type }) => type === 'LoadBalancer')
  const isOfEks = text(object.get('spec', 'loadBalancerClass'))?.startsWith('eks.amazonaws.com/')
  const [key] = [
    [`${NLB}nlb-target-type`, 'ip'],
    [`${NLB}type`, 'nlb-ip'],
  ].flatMap(([name = '', value]) => (object.annotations[name] === value ? [name] : []))
  if (isOfEks || key === undefined) return []
  return [{ object, path: ['metadata', 'annotations', key], services }]
}

function ip(world: World, object: KubeObject, path: Path, reference: unknown): readonly Setting[] {
  const services = servicesNamed(world, object, reference)
  return object.get(...path) === 'ip' && !object.apiVersion.startsWith('eks.') ? [{ object, path, services }] : []
}

/** Returns the attributes of target groups that the input sets. */
export const attributesOf = (world: World): readonly Attributes[] =>
  world.objects.flatMap((object): readonly Attributes[] => {
    const ofAlb = `${ALB}target-group-attributes`
    const annotated = (key: string, services: readonly Service[], network: boolean): readonly Attributes[] =>
      object.annotations[key] === undefined ? [] : [inAnnotation(object, key, services, network)]
    if (object.kind === 'Ingress') {
      // The annotation of a Service counts first.
      const services = servicesBehind(world, object).filter((each) => each.object.annotations[ofAlb] === undefined)
      return annotated(ofAlb, services, false)
    }
    if (object.kind === 'Service') {
      const services = servicesBehind(world, object)
      return [...annotated(ofAlb, services, false), ...annotated(`${NLB}target-group-attributes`, services, true)]
    }
    if (object.kind !== 'TargetGroupConfiguration') return []
    const services = servicesNamed(world, object, object.get('spec', 'targetReference'))
    // Only an application load balancer has routes of HTTP.
    const network = ![...world.ofKind('HTTPRoute'), ...world.ofKind('GRPCRoute')].some((each) =>
      backendsOf(each).some(({ service }) => services.some(({ object: { name } }) => name === service)),
    )
    return [inList(object, ['spec', 'defaultConfiguration', 'targetGroupAttributes'], services, network)]
  })

/** `key=value,key=value` */
function inAnnotation(object: KubeObject, key: string, services: readonly Service[], network: boolean): Attributes {
  const pairs = (object.annotations[key] ?? '').split(',').map((pair) => pair.split('=').map((part) => part.trim()))
  const path = ['metadata', 'annotations', key]
  return {
    object,
    path,
    services,
    network,
    get: (wanted) => pairs.find(([name]) => name === wanted)?.[1],
    pathOf: () => path,
  }
}

/** A list of `key` and `value`. */
const inList = (object: KubeObject, path: Path, services: readonly Service[], network: boolean): Attributes => ({
  object,
  path,
  services,
  network,
  get: (wanted) => attributeIn(object.get(...path), wanted),
  pathOf: (wanted) => {
    const at = list(object.get(...path)).findIndex((each) => dig(each, ['key']) === wanted)
    return at === -1 ? path : [...path, at, 'value']
  },
})

/** Returns the Services behind an Ingress or a route. Behind a Service is itself. */
export function servicesBehind(world: World, object: KubeObject): readonly Service[] {
  if (object.kind === 'Service')
    return world.servicesNamed(object.name, object).filter((each) => each.object === object)
  const names = new Set(backendsOf(object).map(({ service }) => service))
  return [...names].flatMap((name) => world.servicesNamed(name, object))
}

function servicesNamed(world: World, object: KubeObject, reference: unknown): readonly Service[] {
  const { kind = 'Service', name } = fields(reference)
  return kind === 'Service' && typeof name === 'string' ? world.servicesNamed(name, object) : []
}
