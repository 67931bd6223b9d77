import autocannon from 'autocannon'
import type { Server } from '../server.ts'

const CONNECTIONS = 50
/** How often autocannon checks whether its time is over, in ms. */
const TICK = 20

export type Mode = 'keep-alive' | 'new-connections'

export interface Throughput {
  /** User and system time of the server, in µs. */
  readonly cpuPerRequest: number
  readonly requestsPerSecond: number
}

/** Puts a server under load with autocannon for that many ms. The counts come from the server. */
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
