import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { wholeNumber } from '../base/flags.ts'
import { UsageError } from '../../loadtest/dist/base/errors.js'
import type { Account } from './account.ts'
import { atEnd, cleaningUp } from '../base/cleanup.ts'
import { startDatabase } from './database.ts'
import { createDeployment } from './deployment.ts'
import { kubectl } from '../base/kubectl.ts'
import type { Program } from './pods.ts'
import { prove, verdict } from './prove.ts'

// Runs the proof on the cluster of the current kubeconfig: the ServiceAccount, the Deployment and the Service of
// k8s/overlays/postgresql, in a temporary namespace. The PostgreSQL runs on this machine, at an address that the pods can reach.

const NAMESPACE = `store-proof-${process.pid}`
const NODE_PORT = 30_098

/** Returns the address of this machine on the route to a node. Connecting a datagram socket looks up the route and sends nothing. */
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

const onCluster = async (args: readonly string[]): Promise<number> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      image: { type: 'string' },
      host: { type: 'string' },
      allow: { type: 'string', default: 'all' },
      rollouts: { type: 'string', default: '10' },
      rate: { type: 'string', default: '50' },
    },
  })
  const { image, allow } = values
  if (image === undefined) throw new UsageError('--image is required')
  const rollouts = wholeNumber('--rollouts', values.rollouts, 999)
  const rate = wholeNumber('--rate', values.rate, 999)
  const addresses = await kubectl(
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
  )
  // A node may also have an IPv6 address. The database and the URLs use IPv4.
  const nodes = addresses.split(' ').filter((address) => isIPv4(address))
  const [node] = nodes
  if (node === undefined) throw new Error(`a node with an IPv4 address is needed; the cluster's have '${addresses}'`)
  const urls = nodes.map((address) => `http://${address}:${NODE_PORT}`)
  const host = values.host ?? (await addressTowards(node))

  const postgres = await startDatabase({ host, allow: `host all all ${allow} scram-sha-256` })
  const created = kubectl('create', 'namespace', NAMESPACE)
  atEnd(async () => {
    await created.catch(() => {})
    await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s')
  })
  await created

  const each = async (name: string, program: Program, times: number): Promise<Account> => {
    console.log(`${name} at ${urls.join(' and ')}: ${times} rollouts`)
    const databaseUrl = await postgres.createDatabase()
    const { roll, logs, remove } = await createDeployment({
      namespace: NAMESPACE,
      nodePort: NODE_PORT,
      image,
      program,
      databaseUrl,
    })
    // The twin's pods are ready before their table exists.
    await sleep(3_000)
    const account = await prove({ urls, databaseUrl, roll, logs, rollouts: times, rate })
    await remove()
    return account
  }
  const service = await each('the service', 'main', rollouts)
  // Three rollouts are enough to show that this load loses requests.
  return verdict(service, await each('its naive twin', 'naive', Math.min(rollouts, 3)))
}

export const usage = `pnpm evidence prove:store:kubernetes --image IMAGE [flags]
  --image IMAGE    the image of the sample service, as the nodes pull it
  --host ADDRESS   the address of this machine that the pods can reach; default: the one on the route to the first node
  --allow CIDR     the addresses that may connect to the database; default: all
  --rollouts N     default: 10
  --rate N         POSTs per second; default: 50`

/** Exit codes: 0 proven, 1 not proven, 3 inconclusive, since the naive twin lost nothing. */
export const run = (args: readonly string[]): Promise<number> =>
  cleaningUp('prove:store:kubernetes', () => onCluster(args))
