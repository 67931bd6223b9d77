import { assertNotEnding, atEnd } from '../base/cleanup.ts'
import { kubectl } from '../base/kubectl.ts'
import { manifestOf } from './case-manifest.ts'
import type { ClusterCase, Row } from './case.ts'
import { NAME, type Place } from './manifest.ts'
import { perform, runOf, saved } from './outcome.ts'
import { rowsOf } from './rows.ts'

const NAMESPACE = `doctor-proof-${process.pid}`
/** Two pods on two nodes show every case. On a larger cluster the pods stay on two nodes. */
const NODES = 2
const WORKLOAD = `deployment/${NAME}`

/** Classes that lose something if a pod leaves too early. */
const LOAD = ['--rate', '120', '--clients', 'new-connection,keep-alive,slow']
/** kube-proxy learns of a change within some 50 ms, and only a new connection in this time is lost. */
const NEW_CONNECTIONS = ['--rate', '300', '--clients', 'new-connection']

/** Rolls out each case on the cluster of the current kubeconfig, in a temporary namespace. */
export function runOnCluster(cases: readonly ClusterCase[], image: string, again: boolean): Promise<Row[]> {
  let place: Place | undefined
  return rowsOf(cases, again, {
    runOf: (one, which) => runOf('kubernetes', one, which, flagsOf(one)),
    async perform(run, one, which) {
      place ??= await createPlace(image)
      const file = saved(run, manifestOf(one, which, place))
      assertNotEnding()
      await deploy(place, file)
      const outcome = await perform(run, ['--namespace', place.namespace, '--container', NAME])
      await remove(place, file)
      return outcome
    },
  })
}

const flagsOf = (one: ClusterCase): readonly string[] => [
  ...(one.newConnections === true ? NEW_CONNECTIONS : LOAD),
  '--workload',
  WORKLOAD,
]

async function createPlace(image: string): Promise<Place> {
  const list = '{range .items[*]}{.metadata.name} {.spec.unschedulable}{"\\n"}{end}'
  const nodes = (await kubectl('get', 'nodes', '-o', `jsonpath=${list}`)).trim().split('\n')
  const names = nodes
    .map((node) => node.split(' '))
    .flatMap(([name = '', cordoned]) => (cordoned === 'true' ? [] : [name]))
  if (names.length < NODES) throw new Error(`${NODES} schedulable nodes are needed; the cluster has ${names.length}`)
  const created = kubectl('create', 'namespace', NAMESPACE)
  atEnd(async () => {
    await created.catch(() => {})
    await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s')
  })
  await created
  const place = { namespace: NAMESPACE, image, replicas: NODES, nodePort: true }
  return names.length > NODES ? { ...place, nodes: names.slice(0, NODES) } : place
}

async function deploy({ namespace, replicas }: Place, file: string): Promise<void> {
  await kubectl('apply', '-f', file)
  try {
    // An autoscaler starts with one pod.
    const fewest = await kubectl('get', 'hpa', '-n', namespace, '-o', 'jsonpath={.items[*].spec.minReplicas}')
    const available = `--for=jsonpath={.status.availableReplicas}=${fewest === '' ? replicas : fewest}`
    await kubectl('wait', '-n', namespace, WORKLOAD, available, '--timeout=120s')
  } catch (error) {
    const pods = await kubectl('get', 'pods', '-n', namespace, '-o', 'wide')
    throw new Error(`${(error as Error).message}\n${pods}`, { cause: error })
  }
}

/** Deletes the objects, and waits until no pod is left. */
async function remove({ namespace }: Place, file: string): Promise<void> {
  await kubectl('delete', '-f', file, '--timeout=60s')
  await kubectl('wait', '-n', namespace, '--for=delete', 'pod', '-l', `app=${NAME}`, '--timeout=60s')
}
