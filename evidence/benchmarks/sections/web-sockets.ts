import { contenders, OURS, type Contender } from '../../contenders/contenders.ts'
import { tooManyConnections } from '../limits.ts'
import { openWebSockets } from '../load/web-socket.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server, type Ending } from '../server.ts'

const BUDGET = 15_000

interface Outcome {
  readonly ending: Ending
  /** How many clients were sent each close code; 1006 stands for none. */
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
  const all: { readonly name: string; readonly outcome: Outcome }[] = []
  for (const contender of contenders) {
    const outcome = await drain(contender, count)
    all.push({ name: contender.name, outcome })
    log(`${contender.name}: ${inWords(outcome.codes)}, ${Math.round(outcome.ending.ms)} ms`)
  }
  return {
    text: [
      `${count.toLocaleString('en')} open WebSockets when the drain starts, each of which echoes a close frame; no delay before, a budget of`,
      `${BUDGET / 1_000} s. 1006 is the code of a connection that went without a close frame. The library spreads the close frames, for the clients`,
      `all come back at once, to the pods that are left.`,
    ].join('\n'),
    head: ['', 'close codes', 'drain start to exit, s', 'exit code', 'longest event-loop block, ms'],
    rows: all.map(({ name, outcome: { ending, codes } }) => [
      name,
      inWords(codes),
      (ending.ms / 1_000).toFixed(1),
      ending.killed ? 'killed' : String(ending.code),
      ending.longestBlock?.toFixed(0) ?? '–',
    ]),
    plots: [
      {
        file: 'web-sockets',
        title: `Clients that were told, of ${count.toLocaleString('en')} WebSockets`,
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

export const webSocketsSection: Section = { id: 'web-sockets', title: 'Draining many WebSockets', measure }
