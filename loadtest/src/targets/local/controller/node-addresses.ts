import { createSocket } from 'node:dgram'

const LOOPBACK = '127.0.0.1'
/** The last part of the first node's address: 127.0.0.2. Connections from 127.0.0.1 are those of other programs. */
const FIRST = 2

/**
 * Returns one source address per node: 127.0.0.2, 127.0.0.3 and so on. On a cluster, a pod sees the connections of each kube-proxy
 * under the address of its node, and an adaptive shutdown delay follows each address separately. Linux accepts the whole range
 * 127.0.0.0/8. macOS accepts only 127.0.0.1 and addresses that were added to `lo0`. If this machine does not accept one of the
 * addresses, every node gets 127.0.0.1.
 */
export async function nodeAddresses(count: number): Promise<readonly string[]> {
  const addresses = ownAddresses(count)
  const accepted = await Promise.all(addresses.map(isAccepted))
  return accepted.every(Boolean) ? addresses : addresses.map(() => LOOPBACK)
}

/** Returns a line for the user if the nodes have to share one address; otherwise undefined. */
export async function sharedAddressWarning(count: number): Promise<string | undefined> {
  if (!(await nodeAddresses(count)).includes(LOOPBACK)) return undefined
  const last = FIRST + count - 1
  const missing = count === 1 ? `127.0.0.${FIRST}` : `127.0.0.${FIRST} to 127.0.0.${last}`
  return (
    `this machine does not accept ${missing} as source addresses, so all load balancers share 127.0.0.1 and an adaptive ` +
    'shutdown delay sees one source instead of one per node; on macOS run: ' +
    `for i in $(seq ${FIRST} ${last}); do sudo ifconfig lo0 alias 127.0.0.$i up; done`
  )
}

const ownAddresses = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `127.0.0.${FIRST + index}`)

function isAccepted(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => {
      socket.close()
      resolve(false)
    })
    socket.bind({ address, port: 0, exclusive: true }, () => socket.close(() => resolve(true)))
  })
}
