import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createPostgres } from '../../packages/cloud-communal-service/test/postgres.ts'
import type { Account } from './account.ts'
import { createDeployment } from './deployment.ts'
import { kubectl } from './kubectl.ts'
import type { Program } from './pods.ts'
import { atEnd, run } from './program.ts'
import { prove, verdict, wholeNumber } from './prove.ts'

// On the cluster of the current kubeconfig: the Deployment and Service of k8s/overlays/postgresql in a namespace that is made for it and
// removed. The PostgreSQL runs on this machine, at an address that pods reach.

const NAMESPACE = `store-proof-${process.pid}`
const NODE_PORT = 30_098

/** The address of this machine that a node sees. Nothing is sent: connecting a datagram socket is a look into the routes. */
const addressTowards = async (node: string): Promise<string> => {
  const socket = createSocket('udp4')
  try {
    socket.connect(9, node)
    await once(socket, 'connect')
    return socket.address().address
  } finally {
    socket.close()
  }
}

const onCluster = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      image: { type: 'string' },
      host: { type: 'string' },
      allow: { type: 'string', default: 'all' },
      rollouts: { type: 'string', default: '10' },
      rate: { type: 'string', default: '50' },
    },
  })
  const { image, allow } = values
  if (image === undefined) throw new Error('--image is needed')
  const rollouts = wholeNumber('rollouts', values.rollouts)
  const rate = wholeNumber('rate', values.rate)
  const addresses = await kubectl(
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
  )
  // A node may have one of each kind; the addresses that this listens on and puts into URLs are of this one.
  const nodes = addresses.split(' ').filter((address) => isIPv4(address))
  const [node] = nodes
  if (node === undefined) throw new Error(`a node with an IPv4 address is needed; the cluster's have '${addresses}'`)
  const urls = nodes.map((address) => `http://${address}:${NODE_PORT}`)
  const host = values.host ?? (await addressTowards(node))

  const making = createPostgres({ host, allow: `host all all ${allow} scram-sha-256` })
  // Before it is there, for a Ctrl-C in between. One that could not be made has left nothing.
  atEnd(() =>
    making.then(
      ({ remove }) => remove(),
      () => {},
    ),
  )
  const postgres = await making
  await postgres.start()
  const created = kubectl('create', 'namespace', NAMESPACE)
  atEnd(async () => {
    await created.catch(() => {})
    await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s')
  })
  await created

  const each = async (name: string, program: Program, times: number): Promise<Account> => {
    console.log(`${name} at ${urls.join(' and ')}: ${times} rollouts`)
    const databaseUrl = await postgres.createDatabase()
    const { roll, said, remove } = await createDeployment({
      namespace: NAMESPACE,
      nodePort: NODE_PORT,
      image,
      program,
      databaseUrl,
    })
    // The twin's pods say that they are ready before their table is there.
    await sleep(3_000)
    const account = await prove({ urls, databaseUrl, roll, said, rollouts: times, rate })
    await remove()
    return account
  }
  const service = await each('the service', 'main', rollouts)
  // Three are enough to see that this load does lose something.
  return verdict(service, await each('its naive twin', 'naive', Math.min(rollouts, 3)))
}

await run(
  'prove:store:kubernetes',
  'prove:store:kubernetes --image IMAGE [--host ADDRESS-OF-THIS-MACHINE] [--allow all] [--rollouts 10] [--rate 50]',
  onCluster,
)
