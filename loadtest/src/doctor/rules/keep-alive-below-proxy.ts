import { wordsOf, type Container } from '../model/container.js'
import type { KubeObject } from '../model/kube-object.js'
import { backendsOf } from '../model/service.js'
import { labels, text, type Path } from '../model/values.js'
import type { World } from '../model/world.js'
import { secondsText } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'

export const keepAliveBelowProxy: Rule = {
  id: 'keep-alive-below-proxy',
  severity: 'error',
  title: 'The service closes idle connections before its proxy does',
  why:
    'A proxy reuses an idle connection until its own timeout. If the service closes it first, a request can be on its way to the closed ' +
    'connection, and the client gets 502. It happens all the time, and more often in a rollout.',
  sameAs: [],
  sources: [
    'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#upstream-keepalive-timeout',
    'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout',
    'https://cloud.google.com/load-balancing/docs/https/#timeout-keepalive-backends',
  ],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          env:
            - name: KEEP_ALIVE_TIMEOUT
              value: "5"
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
spec:
  ingressClassName: nginx
  defaultBackend:
    service:
      name: shop
      port:
        number: 80`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          env:
            - name: KEEP_ALIVE_TIMEOUT
              value: "75"
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
spec:
  ingressClassName: nginx
  defaultBackend:
    service:
      name: shop
      port:
        number: 80`,
  },
  *check(world): Iterable<Problem> {
    for (const object of world.objects) {
      const backends = backendsOf(object)
      const proxy = backends.length === 0 ? undefined : proxyOf(world, object)
      if (proxy === undefined) continue
      const names = new Set(backends.map(({ service }) => service))
      for (const service of world.services.filter(
        (each) => names.has(each.object.name) && world.near(object, each.object),
      )) {
        for (const workload of world.workloadsOf(service)) {
          for (const container of workload.containers) {
            const own = keepAliveOf(container)
            if (own === undefined || own.seconds > proxy.seconds) continue
            yield {
              object: workload.object,
              path: own.path,
              message: `${own.name} is ${secondsText(own.seconds)}, but ${proxy.name} in front of it keeps idle connections for ${secondsText(proxy.seconds)}`,
              instead: `more than ${secondsText(proxy.seconds)}`,
            }
          }
        }
      }
    }
  },
}

interface Idle {
  readonly seconds: number
  readonly name: string
}

/** How long the proxy of an Ingress or of a Gateway keeps idle connections to its backends. */
function proxyOf(world: World, object: KubeObject): Idle | undefined {
  const annotations = labels(object.get('metadata', 'annotations'))
  const of = (annotation: string): string | undefined => annotations[annotation]
  let name = text(object.get('spec', 'ingressClassName')) ?? of('kubernetes.io/ingress.class') ?? ''
  if (object.kind !== 'Ingress') {
    const parent = text(object.get('spec', 'parentRefs', 0, 'name'))
    const gateway = world.ofKind('Gateway').find((each) => each.name === parent)
    name = text(gateway?.get('spec', 'gatewayClassName')) ?? ''
  }
  if (name === 'alb') {
    const attributes = of('alb.ingress.kubernetes.io/load-balancer-attributes') ?? ''
    return { seconds: Number(/idle_timeout\.timeout_seconds=(\d+)/u.exec(attributes)?.[1] ?? 60), name: 'the ALB' }
  }
  // The keep-alive timeout of Google's front ends to their backends cannot be changed.
  if (/^(?:gce|gke-)/u.test(name)) return { seconds: 600, name: 'the Google Cloud load balancer' }
  if (name.startsWith('nginx')) {
    const configured = world
      .ofKind('ConfigMap')
      .map((each) => Number(labels(each.get('data'))['upstream-keepalive-timeout']))
      .find((seconds) => seconds > 0)
    return { seconds: configured ?? 60, name: 'ingress-nginx' }
  }
  return undefined
}

const VARIABLES = [
  'KEEP_ALIVE_TIMEOUT',
  'KEEPALIVE_TIMEOUT',
  'SERVER_KEEP_ALIVE_TIMEOUT',
  'HTTP_KEEP_ALIVE_TIMEOUT',
  'KEEP_ALIVE_TIMEOUT_MS',
]
const FLAGS = /^--(?:keep-alive|timeout-keep-alive|keep-alive-timeout)(?:=(\d+))?$/u

/** How long the server keeps idle connections, where a variable or a flag of gunicorn or uvicorn shows it. */
function keepAliveOf(container: Container): (Idle & { readonly path: Path }) | undefined {
  for (const name of VARIABLES) {
    const value = container.env.get(name)
    if (value === undefined || !/^\d+$/u.test(value)) continue
    // Nobody keeps connections for a thousand seconds: such a number is in ms, as in Node.
    const seconds = name.endsWith('_MS') || Number(value) >= 1_000 ? Number(value) / 1_000 : Number(value)
    return { seconds, name, path: container.envPaths.get(name) ?? container.path }
  }
  const words = wordsOf(container).flatMap((word) => word.split(/\s+/u))
  const at = words.findIndex((word) => FLAGS.test(word))
  const flag = words[at]
  if (flag === undefined) return undefined
  const seconds = Number(FLAGS.exec(flag)?.[1] ?? words[at + 1])
  if (Number.isNaN(seconds)) return undefined
  return {
    seconds,
    name: flag.split('=')[0] ?? flag,
    path: [...container.path, container.args.length > 0 ? 'args' : 'command'],
  }
}
