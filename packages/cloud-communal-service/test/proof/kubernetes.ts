import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { parseAllDocuments, stringify } from 'yaml'
import { createPostgres } from '../postgres.ts'
import type { Account } from './account.ts'
import { atEnd, cleanUp } from './cleanup.ts'
import { prove, verdict, wholeNumber } from './prove.ts'

// On the cluster of the current kubeconfig: the Deployment and Service of k8s/base in a namespace that is made for it and removed, with
// DATABASE_URL out of a Secret. The PostgreSQL runs on this machine, at an address that pods reach.

const USAGE =
  'prove:store:kubernetes --image IMAGE --host ADDRESS-OF-THIS-MACHINE [--allow 10.0.0.0/8] [--rollouts 10] [--rate 50]'
const BASE = fileURLToPath(new URL('../../../../k8s/base', import.meta.url))
const NAME = 'cloud-communal-service'
const NODE_PORT = 30_098
const NAMESPACE = `store-proof-${process.pid}`

const kubectl = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('kubectl', [...args], { maxBuffer: 1e8 })).stdout

const apply = async (...objects: object[]): Promise<void> => {
  const child = spawn('kubectl', ['apply', '-f', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.end(objects.map((object) => stringify(object)).join('---\n'))
  const [code] = (await once(child, 'exit')) as [number]
  if (code !== 0) throw new Error(`kubectl apply ended with ${code}`)
}

interface Manifest {
  kind: string
  metadata: { name: string; namespace: string }
  spec: {
    minReadySeconds: number
    strategy: object
    ports: [{ nodePort: number }]
    template: { spec: { containers: [{ image: string; command?: string[]; env: object[] }] } }
  }
}

/** What is shipped, but ten rollouts of it in a few minutes: all pods at once, each taken for good after 2 s. */
const objects = async (image: string, program: 'main' | 'naive'): Promise<Manifest[]> => {
  const all = parseAllDocuments(await kubectl('kustomize', BASE)).map((document) => document.toJS() as Manifest)
  const kept = all.filter(({ kind }) => kind === 'Deployment' || kind === 'Service')
  for (const { kind, metadata, spec } of kept) {
    metadata.namespace = NAMESPACE
    if (kind === 'Service') {
      spec.ports[0].nodePort = NODE_PORT
      continue
    }
    spec.minReadySeconds = 2
    spec.strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } }
    const [container] = spec.template.spec.containers
    container.image = image
    if (program === 'naive') container.command = ['node', 'dist/naive.js']
    container.env.push({ name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: NAME, key: 'DATABASE_URL' } } })
  }
  return kept
}

const rolledOut = async (): Promise<void> =>
  void (await kubectl('rollout', 'status', '-n', NAMESPACE, `deployment/${NAME}`, '--timeout=120s'))

const roll = async (): Promise<void> => {
  await kubectl('rollout', 'restart', '-n', NAMESPACE, `deployment/${NAME}`)
  await rolledOut()
}

const pods = async (): Promise<string[]> =>
  (await kubectl('get', 'pods', '-n', NAMESPACE, '-o', 'name')).trim().split('\n')

/** Old pods drain on after a rollout has ended. */
const settled = async (): Promise<void> => {
  const replicas = await kubectl('get', 'deployment', '-n', NAMESPACE, NAME, '-o', 'jsonpath={.spec.replicas}')
  while ((await pods()).length > Number(replicas)) await sleep(500)
}

const onCluster = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      image: { type: 'string' },
      host: { type: 'string' },
      allow: { type: 'string', default: '10.0.0.0/8' },
      rollouts: { type: 'string', default: '10' },
      rate: { type: 'string', default: '50' },
    },
  })
  const { image, host, allow } = values
  if (image === undefined || host === undefined) throw new Error('--image and --host are needed')
  const rollouts = wholeNumber('rollouts', values.rollouts)
  const rate = wholeNumber('rate', values.rate)
  const addresses = await kubectl(
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
  )
  const urls = addresses.split(' ').map((address) => `http://${address}:${NODE_PORT}`)

  const postgres = await createPostgres({ host, allow: `host all all ${allow} scram-sha-256` })
  atEnd(postgres.remove)
  await postgres.start()
  await kubectl('create', 'namespace', NAMESPACE)
  atEnd(() => kubectl('delete', 'namespace', NAMESPACE, '--timeout=120s'))

  const each = async (name: string, program: 'main' | 'naive', times: number): Promise<Account> => {
    console.log(`${name} at ${urls.join(' and ')}: ${times} rollouts`)
    const databaseUrl = await postgres.createDatabase()
    const metadata = { name: NAME, namespace: NAMESPACE }
    await apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { DATABASE_URL: databaseUrl } })
    await apply(...(await objects(image, program)))
    await rolledOut()
    // The twin's pods say that they are ready before their table is there.
    await sleep(3_000)
    const account = await prove({ urls, databaseUrl, roll, settled, rollouts: times, rate })
    await kubectl('delete', 'deployment', '-n', NAMESPACE, NAME, '--timeout=120s')
    return account
  }
  const service = await each('the service', 'main', rollouts)
  // Three are enough to see that this load does lose something.
  return verdict(service, await each('its naive twin', 'naive', Math.min(rollouts, 3)))
}

try {
  process.exitCode = await onCluster()
} catch (error) {
  console.error(`prove:store:kubernetes: ${(error as Error).message}\n\n${USAGE}`)
  process.exitCode = 2
} finally {
  await cleanUp()
}
