import { OURS, type Contender } from '../../contenders/contenders.ts'
import { drainEach, endingCells, endingHead } from '../drains.ts'
import { tooManyConnections } from '../limits.ts'
import { keepAsking, openIdle } from '../load/keep-alive.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server, type Ending } from '../server.ts'
import { mulberry32 } from '../../../loadtest/dist/base/random.js'

/** Longer than Node's default, after which the first connections would close before the last ones are open. */
const KEEP_ALIVE_TIMEOUT = 10_000
const BUDGET = 20_000
/** How long a request on a busy connection takes, and the pause before the next one, in ms. */
const WORK = 50
const PAUSE = 250

interface Outcome {
  readonly ending: Ending
  readonly answered: number
  readonly lost: number
}

async function drain(contender: Contender, idle: number, busy: number): Promise<Outcome> {
  const server = await Server.start(contender, {
    budget: BUDGET,
    env: { KEEP_ALIVE_TIMEOUT: String(KEEP_ALIVE_TIMEOUT) },
  })
  const idleOnes = await openIdle(server.port, idle)
  const busyOnes = await openIdle(server.port, busy)
  const next = mulberry32(1)
  const loops = busyOnes.map(async (connection) => keepAsking(connection, `/${WORK}`, PAUSE, next))
  await new Promise((resolve) => void setTimeout(resolve, 2 * PAUSE))
  const ending = await server.terminate()
  await Promise.all(loops)
  for (const connection of idleOnes) connection.close()
  return {
    ending,
    answered: busyOnes.reduce((sum, one) => sum + one.answered, 0),
    lost: busyOnes.reduce((sum, one) => sum + one.lost, 0),
  }
}

async function measure({ quick, log }: Effort): Promise<Findings | string> {
  const [idle, busy] = quick ? [1_000, 100] : [10_000, 1_000]
  const limit = tooManyConnections(idle + busy)
  if (limit !== undefined) return limit
  const all = await drainEach(
    async (contender) => drain(contender, idle, busy),
    ({ lost }) => `${lost} lost`,
    log,
  )
  return {
    text: [
      `${idle.toLocaleString('en')} idle and ${busy.toLocaleString('en')} busy keep-alive connections are open when the drain starts. Each request takes ${WORK} ms, and the next one`,
      `follows after ${PAUSE} ms. There is no delay before the drain; the budget is ${BUDGET / 1_000} s, the keep-alive timeout ${KEEP_ALIVE_TIMEOUT / 1_000} s. A request is lost if the client`,
      `wrote it on an open connection and got no response. The library keeps idle connections open as long as it promised (\`Keep-Alive: timeout\`),`,
      `since an earlier close can hit a request. Its exit waits for that time.`,
    ].join('\n'),
    head: ['', 'requests lost', ...endingHead],
    rows: all.map(({ name, outcome: { ending, lost } }) => [name, String(lost), ...endingCells(ending)]),
    plots: [
      {
        file: 'many-connections',
        title: `Requests lost, ${idle.toLocaleString('en')} idle and ${busy.toLocaleString('en')} busy connections`,
        bars: all.map(({ name, outcome: { lost } }) => ({ label: name, value: lost, highlighted: name === OURS })),
      },
    ],
  }
}

export const manyConnectionsSection: Section = {
  id: 'connections',
  title: 'Drain of many keep-alive connections',
  measure,
}
