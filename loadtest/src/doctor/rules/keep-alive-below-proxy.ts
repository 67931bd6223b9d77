import { wordsOf, type Container } from '../model/container.js'
import { frontsOf } from '../model/proxy.js'
import type { Path } from '../model/values.js'
import { secondsText } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'

export const keepAliveBelowProxy: Rule = {
  id: 'keep-alive-below-proxy',
  severity: 'error',
  title: 'The service closes idle connections before its proxy does',
  why:
    'A proxy reuses an idle connection until its own timeout. If the service closes it first, a request can be on its way to the closed ' +
    'connection, and the client gets 502. It happens all the time, and more often in a rollout. NGINX, Traefik, the sidecars of Istio, and ' +
    'an Envoy with such a retry policy repeat the request if it may be repeated, so they get a warning. The doctor reads the timeouts of ' +
    'ALB (with IngressClassParams and LoadBalancerConfiguration), Google Cloud, ingress-nginx, Traefik, Contour, Istio and Envoy Gateway, ' +
    'with their defaults, and of NGINX Ingress Controller where the manifests let it keep connections.',
  sameAs: [],
  sources: [
    'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#upstream-keepalive-timeout',
    'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#proxy-next-upstream',
    'https://docs.nginx.com/nginx-ingress-controller/configuration/global-configuration/configmap-resource/',
    'https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout',
    'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/#specloadbalancerattributes',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/loadbalancerconfig/',
    'https://cloud.google.com/load-balancing/docs/https/#timeout-keepalive-backends',
    'https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/serverstransport/',
    'https://projectcontour.io/docs/main/config/request-routing/',
    'https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on',
    'https://istio.io/latest/docs/reference/config/networking/destination-rule/#ConnectionPoolSettings-HTTPSettings',
    'https://istio.io/latest/news/releases/1.24.x/announcing-1.24/change-notes/',
    'https://gateway.envoyproxy.io/docs/api/extension_types/#httptimeout',
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
    for (const { object, services, idle } of frontsOf(world)) {
      const behind = world.services.filter(
        (each) => services.includes(each.object.name) && world.near(object, each.object),
      )
      for (const workload of new Set(behind.flatMap((service) => world.workloadsOf(service)))) {
        for (const container of workload.containers) {
          const own = keepAliveOf(container)
          if (own === undefined || own.seconds > idle.seconds) continue
          const limit = idle.seconds === Infinity ? 'without a limit' : `for ${secondsText(idle.seconds)}`
          const longer = idle.seconds === Infinity ? [] : [`more than ${secondsText(idle.seconds)}`]
          const shorter = idle.setting === undefined ? [] : [`less than ${secondsText(own.seconds)} in ${idle.setting}`]
          yield {
            object: workload.object,
            path: own.path,
            message: `${own.name} is ${secondsText(own.seconds)}, but ${idle.name} in front of it keeps idle connections ${limit}: a request on a connection that the service has just closed ${idle.retries ? 'fails if it may not be repeated' : 'gets 502'}`,
            instead: [...longer, ...shorter].join(', or '),
            severity: idle.retries ? 'warning' : 'error',
          }
        }
      }
    }
  },
}

interface KeepAlive {
  readonly seconds: number
  readonly name: string
  readonly path: Path
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
function keepAliveOf(container: Container): KeepAlive | undefined {
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
