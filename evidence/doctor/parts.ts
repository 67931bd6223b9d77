import { readFileSync } from 'node:fs'
import type { Changes } from './manifest.ts'

const SHELL_MOUNT = { name: 'shell', mountPath: '/shell' }

/** A shell at /shell/sh. The image of the service has none, so an init container copies one. */
export const SHELL: Changes = {
  pod: {
    volumes: [{ name: 'shell', emptyDir: {} }],
    initContainers: [
      {
        name: 'shell',
        image: 'node:24-bookworm-slim',
        command: ['cp', '/bin/sh', '/shell/sh'],
        volumeMounts: [SHELL_MOUNT],
      },
    ],
  },
  container: { volumeMounts: [SHELL_MOUNT] },
}

/** Returns a service that starts this much later, in ms. */
export const startingLate = (ms: number): Changes => ({
  env: { START_MS: String(ms), NODE_OPTIONS: '--import=file:///preload/preload.mjs' },
  pod: { volumes: [{ name: 'preload', configMap: { name: 'preload' } }] },
  container: { volumeMounts: [{ name: 'preload', mountPath: '/preload' }] },
  beside: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'preload' },
      data: { 'preload.mjs': readFileSync(new URL('preload.mjs', import.meta.url), 'utf8') },
    },
  ],
})

const HAPROXY = `defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend clients
  bind :8080
  default_backend service
backend service
  server service 127.0.0.1:18080
`

/** A container through which every request to the service passes. */
export const PROXY = {
  name: 'proxy',
  image: 'haproxy:2.6',
  command: ['haproxy', '-W', '-db', '-f', '/proxy/haproxy.cfg'],
  ports: [{ name: 'proxy', containerPort: 8_080 }],
  readinessProbe: { tcpSocket: { port: 'proxy' }, periodSeconds: 1 },
  resources: { requests: { cpu: '100m', memory: '64Mi' } },
  volumeMounts: [{ name: 'proxy', mountPath: '/proxy' }],
}

/** The settings of the proxy, and a Service that sends to it. */
export const BEHIND_PROXY: Changes = {
  pod: { volumes: [{ name: 'proxy', configMap: { name: 'proxy' } }] },
  service: { ports: [{ name: 'http', port: 80, targetPort: 'proxy' }] },
  beside: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'proxy' }, data: { 'haproxy.cfg': HAPROXY } }],
}

/** Returns an autoscaler instead of a fixed number of pods. */
export const scaledFrom = (minReplicas: number): Changes => ({
  workload: { replicas: null },
  beside: [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'cloud-communal-service' },
      spec: {
        minReplicas,
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cloud-communal-service' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
      },
    },
  ],
})

/** The service without code for its shutdown, and the library as a preload. */
export const PRELOADED: Changes = {
  container: { command: ['node', '--import', '@cloud-communal/graceful/register', 'dist/naive.js'] },
  env: {
    // The preload serves the probes.
    ADMIN_PORT: '18082',
    GRACEFUL_SHUTDOWN_DELAY: '2000-3000-6000',
    GRACEFUL_TIMEOUT: '20000',
    SHUTDOWN_DELAY_MS: null,
    SHUTDOWN_TIMEOUT_MS: null,
  },
}
