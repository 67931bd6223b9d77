import { OURS, type Contender } from '../../contenders/contenders.ts'
import { drainEach, endingCells, endingHead } from '../drains.ts'
import { tooManyConnections } from '../limits.ts'
import { openWebSockets } from '../load/web-socket.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server, type Ending } from '../server.ts'

const BUDGET = 15_000

interface Outcome {
  readonly ending: Ending
  /** How many clients got each close code. 1006 means that no close frame came. */
  readonly codes: ReadonlyMap<number, number>
}

async function drain(contender: Contender, count: number): Promise<Outcome> {
  const server = await Server.start(contender, { budget: BUDGET, env: { WEB_SOCKETS: 'true' } })
  const clients = await openWebSockets(server.port, count)
  const ending = await server.terminate()
  const codes = new Map<number, number>()
  for (const client of clients) {
    const code = await client.closed
    codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  return { ending, codes }
}

async function measure({ quick, log }: Effort): Promise<Findings | string> {
  const count = quick ? 1_000 : 10_000
  const limit = tooManyConnections(count)
  if (limit !== undefined) return limit
  const all = await drainEach(
    async (contender) => drain(contender, count),
    ({ codes }) => inWords(codes),
    log,
  )
  return {
    text: [
      `${count.toLocaleString('en')} WebSockets are open when the drain starts, and each client echoes a close frame. There is no delay before the drain; the budget is`,
      `${BUDGET / 1_000} s. The code 1006 stands for a connection that closed without a close frame. The library spreads the close frames over time, because all`,
      `clients reconnect to the remaining pods at once.`,
    ].join('\n'),
    head: ['', 'close codes', ...endingHead],
    rows: all.map(({ name, outcome: { ending, codes } }) => [name, inWords(codes), ...endingCells(ending)]),
    plots: [
      {
        file: 'web-sockets',
        title: `Clients that got a close frame, of ${count.toLocaleString('en')} WebSockets`,
        bars: all.map(({ name, outcome: { codes } }) => ({
          label: name,
          value: count - (codes.get(1_006) ?? 0),
          highlighted: name === OURS,
        })),
      },
    ],
  }
}

const inWords = (codes: ReadonlyMap<number, number>): string =>
  [...codes].map(([code, times]) => `${times} × ${code}`).join(', ')

export const webSocketsSection: Section = { id: 'web-sockets', title: 'Drain of many WebSockets', measure }
