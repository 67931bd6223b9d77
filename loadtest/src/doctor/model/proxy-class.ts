import type { KubeObject } from './kube-object.js'
import { dig, fields, list, text, type Path } from './values.js'
import type { World } from './world.js'

/** The class of the proxy behind an Ingress or a route. */
export interface ProxyClass {
  /** The controller if the input has the class, and the name of the class otherwise. */
  readonly controller: string
  /** What configures the proxies of the class, from the strongest. */
  readonly parameters: readonly KubeObject[]
}

/** Returns the class of an Ingress or of a route of the Gateway API. */
export const classOf = (world: World, object: KubeObject): ProxyClass =>
  object.kind === 'Ingress' ? classOfIngress(world, object) : classOfRoute(world, object)

function classOfIngress(world: World, object: KubeObject): ProxyClass {
  const name = text(object.get('spec', 'ingressClassName')) ?? object.annotations['kubernetes.io/ingress.class'] ?? ''
  // An object of the cluster, whatever namespace the input gives it.
  const found = world.ofKind('IngressClass').find((each) => each.name === name)
  return {
    controller: text(found?.get('spec', 'controller')) ?? name,
    parameters: referred(world, found, ['spec', 'parameters']),
  }
}

function classOfRoute(world: World, route: KubeObject): ProxyClass {
  const parent = text(route.get('spec', 'parentRefs', 0, 'name'))
  const gateway = world.ofKind('Gateway').find((each) => each.name === parent)
  const name = text(gateway?.get('spec', 'gatewayClassName')) ?? ''
  const found = world.ofKind('GatewayClass').find((each) => each.name === name)
  const ofClass = referred(world, found, ['spec', 'parametersRef'])
  const ofGateway = referred(world, gateway, ['spec', 'infrastructure', 'parametersRef'])
  const gatewayFirst = ofClass.some((each) => each.get('spec', 'mergingMode') === 'prefer-gateway')
  return {
    controller: text(found?.get('spec', 'controllerName')) ?? name,
    parameters: gatewayFirst ? [...ofGateway, ...ofClass] : [...ofClass, ...ofGateway],
  }
}

function referred(world: World, object: KubeObject | undefined, path: Path): readonly KubeObject[] {
  const { kind, name } = fields(object?.get(...path))
  return world.ofKind(text(kind) ?? '').filter((each) => each.name === name)
}

/** Returns an attribute of a list of `key` and `value`, as AWS objects have it. */
export const attributeIn = (attributes: unknown, key: string): string | undefined =>
  list(attributes)
    .filter((each) => dig(each, ['key']) === key)
    .map((each) => dig(each, ['value']))
    .map((value) => (typeof value === 'number' ? String(value) : text(value)))
    .find((value) => value !== undefined)
