#!/usr/bin/env node
// Checks the NetworkPolicies of the namespace `cloud` on the cluster of the current kubeconfig: opens each connection
// that they must allow or deny, from pods of its own, and prints one line for each kind of connection. The service must
// run, from any folder except overlays/hostnetwork. At its end the script deletes its pods, and the namespaces that it
// created.
//
//     node k8s/policies.mjs
//
// Exit status: 0 every connection is as the policies say; 1 a connection is not; 2 the script cannot start.
import { execFileSync, spawnSync } from 'node:child_process'
import { LABEL, PROBE, podObject } from './policy-pods.mjs'

const NAME = 'cloud-communal-service'
const OUTSIDE = `${LABEL}-outside`

/** The kinds of connections: from, to, port, and whether the policies allow them. */
const connections = ({ isolated, database, nodePort }) => [
  ['another namespace', 'the service', 18080, true],
  ['another namespace', 'a node', nodePort, true],
  ['another namespace', 'the service', 18081, false],
  ['namespace monitoring', 'the service', 18080, true],
  ['namespace monitoring', 'the service', 18081, true],
  ['the service', 'another namespace', 53, true],
  ['the service', 'another namespace', 'udp/53', true],
  ['the service', 'another namespace', 443, false],
  ['the service', 'another namespace', 5432, database],
  ['the service', 'the API server', 443, false],
  ['the service', 'another pod of the namespace', 18080, false],
  ['another pod of the namespace', 'the service', 18080, !isolated],
  ['another pod of the namespace', 'the service', 18081, false],
  ['another pod of the namespace', 'another namespace', 443, !isolated],
  ['another pod of the namespace', 'the API server', 443, !isolated],
  ['another namespace', 'another pod of the namespace', 18080, !isolated],
  ['another namespace', 'a twin of zero-drop', 18080, true],
  ['another namespace', 'a twin of zero-drop', 18081, !isolated],
  ['a twin of zero-drop', 'another namespace', 53, true],
  ['a twin of zero-drop', 'another namespace', 5432, true],
  ['a worker of zero-drop', 'the service', 18080, true],
  ['a worker of zero-drop', 'a node', nodePort, true],
  ['a worker of zero-drop', 'another namespace', 443, true],
  ['another namespace', 'a worker of zero-drop', 18080, !isolated],
]

const die = (message) => {
  console.error(`policies: ${message}`)
  process.exit(2)
}

const kubectl = (args, input) => {
  try {
    return execFileSync('kubectl', args, { encoding: 'utf8', input, stdio: 'pipe', maxBuffer: 64 * 1024 * 1024 })
  } catch (error) {
    return die(`'kubectl ${args.slice(0, 3).join(' ')}' failed: ${(error.stderr || error.message).trim()}`)
  }
}
const succeeds = (args) => spawnSync('kubectl', args).status === 0
const get = (...args) => JSON.parse(kubectl(['get', ...args, '-o', 'json']))
const inCloud = (...args) => get(...args, '-n', 'cloud')

const servicePods = () =>
  inCloud('pods', '-l', `app=${NAME}`).items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)

/** Creates the pods and waits until they listen. Returns them with their addresses and with their role in the table. */
const createPods = ({ image, imagePullPolicy }) => {
  const nodes = [...new Set(servicePods().map(({ spec }) => spec.nodeName))]
  const [node] = nodes
  const pods = [
    // On every node with a pod of the service, so that connections inside a node and between nodes are made.
    ...nodes.flatMap((each, index) => [
      { role: 'another namespace', name: `outside-${index}`, namespace: OUTSIDE, node: each },
      { role: 'namespace monitoring', name: `${LABEL}-${index}`, namespace: 'monitoring', node: each },
    ]),
    { role: 'another pod of the namespace', name: LABEL, namespace: 'cloud', node },
    {
      role: 'a twin of zero-drop',
      name: `${LABEL}-twin`,
      labels: { 'zero-drop/twin': LABEL },
      namespace: 'cloud',
      node,
    },
    {
      role: 'a worker of zero-drop',
      name: `${LABEL}-load`,
      labels: { 'zero-drop/load': LABEL },
      namespace: 'cloud',
      node,
    },
  ]
  const missing = [OUTSIDE, 'monitoring'].filter((namespace) => !succeeds(['get', 'namespace', namespace]))
  process.on('exit', () => {
    for (const namespace of ['cloud', 'monitoring', OUTSIDE]) {
      succeeds(['delete', 'pods', '-n', namespace, '-l', `${LABEL}=pod`, '--wait'])
    }
    for (const namespace of missing) succeeds(['delete', 'namespace', namespace, '--wait'])
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2))
  for (const namespace of missing) kubectl(['create', 'namespace', namespace])
  const items = pods.map((each) => podObject({ ...each, image, imagePullPolicy }))
  kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const selected = ['pods', '-A', '-l', `${LABEL}=pod`]
  kubectl(['wait', ...selected, '--for=condition=Ready', '--timeout=120s'])
  const made = get(...selected).items
  return pods.map((each) => {
    const { status } = made.find(({ metadata }) => metadata.name === each.name && metadata.namespace === each.namespace)
    return { ...each, container: LABEL, address: status.podIP }
  })
}

if (!succeeds(['get', '--raw', '/readyz'])) {
  die("the cluster of the current kubeconfig does not respond; run 'kubectl cluster-info'")
}
if (!succeeds(['get', `deployment/${NAME}`, '-n', 'cloud'])) {
  die(`namespace cloud has no Deployment ${NAME}; apply a folder, such as k8s/base`)
}
const { spec } = inCloud(`deployment/${NAME}`).spec.template
if (spec.hostNetwork) die("the pods use the host's network, where no NetworkPolicy applies; apply another folder")

const pods = [
  ...createPods(spec.containers[0]),
  ...servicePods().map(({ metadata: { name }, status }) => {
    return { role: 'the service', name, namespace: 'cloud', container: NAME, address: status.podIP }
  }),
]
const policies = new Set(inCloud('networkpolicies').items.map(({ metadata }) => metadata.name))
const kinds = connections({
  isolated: policies.has('default-deny'),
  database: policies.has(`${NAME}-postgresql`),
  nodePort: inCloud(`service/${NAME}`).spec.ports[0].nodePort,
}).map(([from, to, port, allowed]) => ({ from, to, port, allowed, results: [] }))

const nodeAddresses = get('nodes').items.map(
  ({ status }) => status.addresses.find(({ type }) => type === 'InternalIP').address,
)
/** The API server, by the address of its Service and by its own: a plugin sees the second one. */
const apiServer = [
  [get('service/kubernetes', '-n', 'default').spec.clusterIP, 443],
  ...get('endpointslices', '-n', 'default', '-l', 'kubernetes.io/service-name=kubernetes').items.flatMap(
    ({ endpoints, ports }) => endpoints.flatMap(({ addresses }) => addresses.map((each) => [each, ports[0].port])),
  ),
]
const targets = ({ to, port }) => {
  if (to === 'the API server') return apiServer
  const there = to === 'a node' ? nodeAddresses : pods.filter(({ role }) => role === to).map(({ address }) => address)
  return there.map((address) => [address, port])
}

for (const { role, name, namespace, container } of pods) {
  const asked = kinds
    .filter(({ from }) => from === role)
    .flatMap((kind) => targets(kind).map((target) => ({ kind, target })))
  const list = JSON.stringify(asked.map(({ target }) => target))
  const ends = JSON.parse(kubectl(['exec', '-n', namespace, name, '-c', container, '--', 'node', '-e', PROBE, list]))
  for (const [index, { kind, target }] of asked.entries()) {
    kind.results.push({ end: ends[index], path: `${name} to ${target.join(' port ')}` })
  }
}

const unready = servicePods().filter(({ status }) => status.containerStatuses.some(({ ready }) => !ready))
const print = (right, text) => console.log(`${right ? 'passed' : 'failed'}  ${text}`)
let failed = unready.length > 0 ? 1 : 0
for (const { from, to, port, allowed, results } of kinds) {
  const wrong = results.filter(({ end }) => (end === 'open') !== allowed)
  if (wrong.length > 0) failed += 1
  const counts = `${results.length - wrong.length} of ${results.length}`
  print(wrong.length === 0, `from ${from} to ${to}, ${port}: ${allowed ? 'allowed' : 'denied'} (${counts})`)
  for (const { end, path } of wrong) console.log(`        | ${path}: ${end}`)
}
print(unready.length === 0, `from the kubelet to the service, probes: ${unready.length} pods are not ready`)
console.log(`${kinds.length + 1 - failed} passed, ${failed} failed`)
const denied = kinds.filter(({ allowed }) => !allowed).flatMap(({ results }) => results)
if (denied.every(({ end }) => end === 'open')) {
  console.log('no connection was denied; the network plugin of this cluster does not enforce NetworkPolicies')
}
process.exitCode = failed > 0 ? 1 : 0
