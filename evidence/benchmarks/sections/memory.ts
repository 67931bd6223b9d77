import { BARE, layers, OURS, type Contender } from '../../contenders/contenders.ts'
import { tooManyConnections } from '../limits.ts'
import { openIdle } from '../load/keep-alive.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server } from '../server.ts'
import { summary } from '../../base/statistics.ts'

/** Keeps every connection open during the measurement. */
const env = { KEEP_ALIVE_TIMEOUT: '600000' }

/** The memory of one open connection, in bytes. */
interface PerConnection {
  readonly heap: number
  readonly rss: number
}

async function perConnection(contender: Contender, count: number): Promise<PerConnection> {
  const server = await Server.start(contender, { env })
  // Allocations that only the first connections cause are not part of the cost of a connection.
  const first = await openIdle(server.port, 100)
  const before = await server.measure({ gc: true })
  const connections = await openIdle(server.port, count)
  const after = await server.measure({ gc: true })
  for (const connection of [...first, ...connections]) connection.close()
  await server.kill()
  return { heap: (after.heap - before.heap) / count, rss: (after.rss - before.rss) / count }
}

async function measure({ quick, log }: Effort): Promise<Findings | string> {
  const count = quick ? 1_000 : 10_000
  const limit = tooManyConnections(count + 100)
  if (limit !== undefined) return limit
  const rounds: ReadonlyMap<string, PerConnection>[] = []
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const seen = new Map<string, PerConnection>()
    for (const contender of layers) seen.set(contender.name, await perConnection(contender, count))
    rounds.push(seen)
    log(`memory: round ${round + 1}`)
  }
  const median = (name: string, of: (one: PerConnection) => number) =>
    summary(rounds.map((round) => of(round.get(name)!))).median
  const all = layers.map(({ name }) => ({
    name,
    heap: median(name, ({ heap }) => heap),
    rss: median(name, ({ rss }) => rss),
  }))
  const bare = all.find(({ name }) => name === BARE)!
  return {
    text: [
      `Memory of the server process for each of ${count.toLocaleString('en')} idle keep-alive connections, after one response on each. The table shows the growth`,
      `of the heap and its external memory (after a collection), and of the resident set. Medians of ${rounds.length} rounds.`,
    ].join('\n'),
    head: ['', 'heap, bytes per connection', 'above bare', 'resident set, bytes per connection', 'ratio to bare'],
    rows: all.map(({ name, heap, rss }) => [
      name,
      heap.toFixed(0),
      (heap - bare.heap).toFixed(0),
      rss.toFixed(0),
      (rss / bare.rss).toFixed(3),
    ]),
    plots: [
      {
        file: 'memory',
        title: 'Heap per open connection, bytes',
        bars: all.map(({ name, heap }) => ({
          label: name,
          value: heap,
          text: heap.toFixed(0),
          highlighted: name === OURS,
        })),
      },
    ],
  }
}

export const memorySection: Section = { id: 'memory', title: 'Memory of an open connection', measure }
