import { secured } from '../../conformance/certificate.ts'
import { contenders, OURS } from '../../contenders/contenders.ts'
import { endingCells, endingHead } from '../drains.ts'
import { tooManyConnections } from '../limits.ts'
import { openHeld } from '../load/held.ts'
import { UPGRADE } from '../load/web-socket.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server, type Ending } from '../server.ts'

const DELAY = 1_000
const BUDGET = 10_000
/** Scrapes before the signal. Each looks at every connection. */
const SCRAPES = 3

interface Kind {
  readonly name: string
  /** The request of each client. */
  readonly data: string | Buffer
  readonly env?: () => Readonly<Record<string, string>>
}

/** Header of an empty SETTINGS frame (RFC 9113 §6.5). */
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])

const kinds: readonly Kind[] = [
  { name: 'half-sent head', data: 'GET / HTTP/1.1\r\nHost: bench\r\nX' },
  { name: 'silent', data: '' },
  { name: 'idle', data: 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n', env: () => ({ KEEP_ALIVE_TIMEOUT: '60000' }) },
  // The header of a TLS record, and the first two bytes of its ClientHello.
  {
    name: 'half a TLS handshake',
    data: Buffer.from([0x16, 3, 1, 2, 0, 1, 0]),
    env: () => ({ PROTOCOL: 'https', ...secured() }),
  },
  { name: 'upgraded, no answer to the close frame', data: UPGRADE, env: () => ({ WEB_SOCKETS: 'true' }) },
  {
    name: 'HTTP/2 without streams',
    data: Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), SETTINGS]),
    env: () => ({ PROTOCOL: 'h2c' }),
  },
]

interface Outcome {
  /** The longest block of the event loop during the scrapes before the signal, in ms. */
  readonly before: number
  readonly ending: Ending
}

async function hold({ data, env }: Kind, count: number): Promise<Outcome> {
  const server = await Server.start(
    contenders.find(({ name }) => name === OURS)!,
    {
      delay: DELAY,
      budget: BUDGET,
      env: { HOOKS: JSON.stringify([{ name: 'database', ms: 100 }]), ...env?.() },
    },
  )
  const sockets = await openHeld(server.port, count, data)
  // Waits until the server has accepted every connection.
  while (openConnections(await server.scrape()) < count) await new Promise((resolve) => void setTimeout(resolve, 50))
  await server.measure({ watch: true })
  for (let scrape = 0; scrape < SCRAPES; scrape++) await server.scrape()
  const { block } = await server.measure()
  const ending = await server.terminate()
  for (const socket of sockets) socket.destroy()
  return { before: block, ending }
}

const openConnections = (metrics: string): number =>
  [...metrics.matchAll(/^graceful_connections\{.*\} (\d+)$/gm)].reduce((sum, [, value]) => sum + Number(value), 0)

async function measure({ quick, log }: Effort): Promise<Findings | string> {
  const count = quick ? 1_000 : 10_000
  const limit = tooManyConnections(count)
  if (limit !== undefined) return limit
  const all: { readonly name: string; readonly outcome: Outcome }[] = []
  for (const kind of kinds) {
    const outcome = await hold(kind, count)
    all.push({ name: kind.name, outcome })
    log(`${kind.name}: block ${Math.round(outcome.before)} ms before, ${Math.round(outcome.ending.ms)} ms to the exit`)
  }
  return {
    text: [
      `Each row holds ${count.toLocaleString('en')} connections of one kind on the library. Their clients send nothing more and close nothing. Before the signal, ${SCRAPES} scrapes of`,
      `\`/metrics\` look at every connection. Then SIGTERM comes, with a delay of ${DELAY / 1_000} s, a budget of ${BUDGET / 1_000} s, and one hook of 0.1 s.`,
    ].join('\n'),
    head: ['connections', 'longest block before the signal, ms', ...endingHead.map(afterSignal), 'hook done'],
    rows: all.map(({ name, outcome: { before, ending } }) => [
      name,
      before.toFixed(0),
      ...endingCells(ending),
      ending.hooks > 0 ? 'yes' : 'no',
    ]),
    plots: [],
  }
}

const afterSignal = (head: string): string =>
  head.replace('drain start', 'SIGTERM').replace(/^longest .*block/, '$& after')

export const heldSection: Section = { id: 'held', title: 'Connections that clients hold open', measure }
