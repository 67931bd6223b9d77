import autocannon from 'autocannon'
import type { Server } from '../server.ts'

const CONNECTIONS = 50
/** How finely autocannon looks whether its time is over, in ms. */
const TICK = 20

export type Mode = 'keep-alive' | 'new-connections'

export interface Throughput {
  /** User and system time of the server, in µs. */
  readonly cpuPerRequest: number
  readonly requestsPerSecond: number
}

/** Loads a server with autocannon for that many ms; what is counted is what the server itself says. */
export async function throughput(server: Server, mode: Mode, ms: number): Promise<Throughput> {
  const before = await server.measure()
  await autocannon({
    url: `http://127.0.0.1:${server.port}/`,
    connections: CONNECTIONS,
    duration: ms / 1_000,
    sampleInt: TICK,
    ...(mode === 'new-connections' ? { reconnectRate: 1 } : {}),
  })
  const after = await server.measure()
  const requests = after.requests - before.requests
  return {
    cpuPerRequest: (after.cpu - before.cpu) / requests,
    requestsPerSecond: requests / ((after.now - before.now) / 1_000),
  }
}
