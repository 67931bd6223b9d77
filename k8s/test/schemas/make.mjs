// Writes the two schema files of this folder from the Go modules of Kubernetes and the Prometheus operator:
//
//     node k8s/test/schemas/make.mjs          (needs Go and its module proxy)
//
// The files are in the repository because the tests must run on a machine that has neither Go nor a cluster.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'

const KUBERNETES = '1.34.4'
const PROMETHEUS_OPERATOR = '0.85.0'
const KINDS = [
  'io.k8s.api.core.v1.ConfigMap',
  'io.k8s.api.core.v1.LimitRange',
  'io.k8s.api.core.v1.Namespace',
  'io.k8s.api.core.v1.ResourceQuota',
  'io.k8s.api.core.v1.Service',
  'io.k8s.api.core.v1.ServiceAccount',
  'io.k8s.api.apps.v1.Deployment',
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'io.k8s.api.networking.v1.NetworkPolicy',
  'io.k8s.api.policy.v1.PodDisruptionBudget',
]

const module = (path, version) => {
  const answer = execFileSync('go', ['mod', 'download', '-json', `${path}@v${version}`], {
    cwd: mkdtempSync(join(tmpdir(), 'schemas-')),
    encoding: 'utf8',
  })
  return JSON.parse(answer).Dir
}

/** Validation needs neither descriptions, which are most of the text, nor the keys for patches. */
const isLeftOut = (key) => key === 'description' || key.startsWith('x-kubernetes-patch-')

/** Copies a schema without the keys that validation does not need. A property named `description` stays. */
const bare = (node, named = false) => {
  if (Array.isArray(node)) return node.map((item) => bare(item))
  if (typeof node !== 'object' || node === null) return node
  const kept = Object.entries(node).filter(([key]) => named || !isLeftOut(key))
  return Object.fromEntries(kept.map(([key, value]) => [key, bare(value, !named && key === 'properties')]))
}

const swagger = JSON.parse(
  readFileSync(join(module('k8s.io/kubernetes', KUBERNETES), 'api/openapi-spec/swagger.json'), 'utf8'),
)
const definitions = {}
const add = (name) => {
  if (name in definitions) return
  const definition = bare(swagger.definitions[name])
  definitions[name] = definition
  JSON.stringify(definition, (key, value) => {
    if (key === '$ref') add(value.replace('#/definitions/', ''))
    return value
  })
}
for (const kind of KINDS) add(kind)

const crd = parse(
  readFileSync(
    join(
      module('github.com/prometheus-operator/prometheus-operator', PROMETHEUS_OPERATOR),
      'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml',
    ),
    'utf8',
  ),
)
const podMonitor = crd.spec.versions.find(({ name }) => name === 'v1').schema.openAPIV3Schema

const write = (file, content) => writeFileSync(new URL(file, import.meta.url), `${JSON.stringify(content)}\n`)
write('kubernetes.json', {
  source: `kubernetes ${KUBERNETES}, api/openapi-spec/swagger.json (Apache-2.0)`,
  definitions,
})
write('pod-monitor.json', {
  source: `prometheus-operator ${PROMETHEUS_OPERATOR}, monitoring.coreos.com_podmonitors.yaml (Apache-2.0)`,
  schema: bare(podMonitor),
})
