import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createOutgoing } from '../../../../src/targets/local/balancers/outgoing.js'
import { nodeAddresses } from '../../../../src/targets/local/controller/node-addresses.js'

const [address = ''] = await nodeAddresses(1)
const accepted = address !== '127.0.0.1'

/** Ports that other programs may have taken by chance. */
const FEW = 10

/** Returns how many ports the second is after the first, in the range of outgoing connections. */
const distance = (from: number, to: number): number => (to - from + 28_232) % 28_232

let server: Server
let port: number
const sources: string[] = []
const opened: Socket[] = []
const listeners: Server[] = []

beforeEach(async () => {
  server = createServer((socket) => {
    sources.push(`${socket.remoteAddress} ${socket.remotePort}`)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ;({ port } = server.address() as AddressInfo)
})
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy()
  for (const listener of [...listeners.splice(0), server]) listener.close()
  sources.length = 0
})

async function open(connectToPod: (port: number) => Promise<Socket>): Promise<Socket> {
  const socket = await connectToPod(port)
  opened.push(socket)
  return socket
}

describe.runIf(accepted)('connections of a local load balancer', () => {
  test('use one local port after the other, so that the search for a free one costs nothing', async () => {
    const connectToPod = createOutgoing(address)
    const ports: number[] = []
    // oxlint-disable-next-line no-await-in-loop -- in order
    for (let count = 0; count < 5; count += 1) ports.push((await open(connectToPod)).localPort ?? 0)
    const steps = ports.slice(1).map((local, index) => distance(ports[index] ?? 0, local))
    expect(steps.filter((step) => step < 1 || step > FEW)).toEqual([])
    await expect.poll(() => sources.length).toBe(5)
    expect(sources.toSorted()).toEqual(ports.map((local) => `${address} ${local}`).toSorted())
  })

  test('skip a local port on which another program listens', async () => {
    const connectToPod = createOutgoing(address)
    const { localPort: last = 0 } = await open(connectToPod)
    for (const taken of [last + 1, last + 2]) {
      const listener = createServer()
      listener.listen(taken, address)
      listeners.push(listener)
      // oxlint-disable-next-line no-await-in-loop -- in order
      await Promise.race([once(listener, 'listening'), once(listener, 'error').catch(() => {})])
    }
    const step = distance(last, (await open(connectToPod)).localPort ?? 0)
    expect(step).toBeGreaterThanOrEqual(3)
    expect(step).toBeLessThanOrEqual(3 + FEW)
  })

  test('fail with the error of the pod, and are not repeated', async () => {
    const connectToPod = createOutgoing(address)
    const { localPort: last = 0 } = await open(connectToPod)
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port: closedPort } = closed.address() as AddressInfo
    closed.close()
    await expect(connectToPod(closedPort)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    // With repeated attempts there would be twenty ports between the two.
    expect(distance(last, (await open(connectToPod)).localPort ?? 0)).toBeLessThanOrEqual(2 + FEW)
  })
})

test('connections from 127.0.0.1 leave the choice of the local port to the kernel', async () => {
  const connectToPod = createOutgoing('127.0.0.1')
  await open(connectToPod)
  await expect.poll(() => sources.length).toBe(1)
  expect(sources[0]).toMatch(/^127\.0\.0\.1 /u)
})
