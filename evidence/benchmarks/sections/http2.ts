import { once } from 'node:events'
import { connect, type ClientHttp2Session } from 'node:http2'
import { OURS, type Contender } from '../../contenders/contenders.ts'
import { drainEach, endingCells, endingHead } from '../drains.ts'
import { tooManyConnections } from '../limits.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server, type Ending } from '../server.ts'
import { mulberry32 } from '../../../loadtest/dist/base/random.js'

const BUDGET = 15_000
/** How long the stream of each session takes, in ms. */
const WORK = 2_000
/** Each session opens one more stream within this time after the signal, in ms. Some of these streams cross the GOAWAY. */
const WINDOW = 100

/** `above`: the id is above the last stream id of the GOAWAY, so the server did not process the stream, and a retry is safe (RFC 9113 §6.8). */
type Late = 'answered' | 'above' | 'lost' | 'not-sent'

interface Outcome {
  readonly ending: Ending
  /** Streams that were open at the signal and got no complete response. */
  readonly lost: number
  /** Sessions that got GOAWAY. */
  readonly goaways: number
  /** The outcomes of the streams that were opened after the signal. */
  readonly late: readonly Late[]
}

async function drain(contender: Contender, count: number): Promise<Outcome> {
  const server = await Server.start(contender, { budget: BUDGET, env: { PROTOCOL: 'h2c' } })
  const sessions: ClientHttp2Session[] = []
  let goaways = 0
  for (let index = 0; index < count; index++) {
    const session = connect(`http://127.0.0.1:${server.port}`)
    session.on('error', () => {})
    session.once('goaway', () => (goaways += 1))
    sessions.push(session)
    if (index % 50 === 49) await once(session, 'connect')
  }
  await Promise.all(sessions.map(async (session) => ask(session, '/')))
  const streams = sessions.map(async (session) => ask(session, `/${WORK}`))
  // Waits until the server has received every stream.
  while ((await server.measure()).requests < 2 * count) await new Promise((resolve) => void setTimeout(resolve, 20))
  const next = mulberry32(1)
  const lastIds = sessions.map(
    (session) =>
      new Promise<number>((resolve) => {
        session.once('goaway', (_: number, last: number) => resolve(last))
        session.once('close', () => resolve(Number.POSITIVE_INFINITY))
      }),
  )
  const ended = server.terminate()
  const lateStreams = Promise.all(
    sessions.map(async (session, index) => askLate(session, lastIds[index]!, next() * WINDOW)),
  )
  const ending = await ended
  const answered = (await Promise.all(streams)).filter(({ whole }) => whole).length
  for (const session of sessions) session.destroy()
  return { ending, lost: count - answered, goaways, late: await lateStreams }
}

async function askLate(session: ClientHttp2Session, lastId: Promise<number>, after: number): Promise<Late> {
  await new Promise((resolve) => void setTimeout(resolve, after))
  if (session.closed || session.destroyed) return 'not-sent'
  const { whole, id } = await ask(session, '/')
  if (whole) return 'answered'
  return id === undefined || id > (await lastId) ? 'above' : 'lost'
}

/** Requests a path. `id` is undefined if the session had ended before the stream got an id. */
async function ask(session: ClientHttp2Session, path: string): Promise<{ whole: boolean; id: number | undefined }> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': path })
    let body = ''
    stream.setEncoding('utf8')
    stream.on('data', (data: string) => (body += data))
    stream.on('error', () => {})
    stream.on('close', () => resolve({ whole: body === 'hello', id: stream.id }))
  })
}

async function measure({ quick, log }: Effort): Promise<Findings | string> {
  const count = quick ? 100 : 1_000
  const limit = tooManyConnections(count)
  if (limit !== undefined) return limit
  const all = await drainEach(
    async (contender) => drain(contender, count),
    ({ lost, goaways }) => `${lost} lost, ${goaways} GOAWAY`,
    log,
  )
  return {
    text: [
      `${count.toLocaleString('en')} HTTP/2 sessions (h2c) are open when the drain starts, each with one stream that takes ${WORK / 1_000} s. There is no delay before the drain; the budget`,
      `is ${BUDGET / 1_000} s. Each session opens one more stream within ${WINDOW} ms after the signal, unless GOAWAY arrived first. Streams above the last stream id of the`,
      `GOAWAY were not processed and are safe to retry (RFC 9113 §6.8), so they have a column of their own.`,
    ].join('\n'),
    head: [
      '',
      'streams lost',
      'sessions with GOAWAY',
      'late streams: answered',
      'above the last id',
      'lost',
      ...endingHead,
    ],
    rows: all.map(({ name, outcome: { ending, lost, goaways, late } }) => [
      name,
      String(lost),
      String(goaways),
      ...(['answered', 'above', 'lost'] as const).map((what) => String(late.filter((one) => one === what).length)),
      ...endingCells(ending),
    ]),
    plots: [
      {
        file: 'http2',
        title: `Streams lost, of ${count.toLocaleString('en')} HTTP/2 sessions`,
        bars: all.map(({ name, outcome: { lost } }) => ({ label: name, value: lost, highlighted: name === OURS })),
      },
    ],
  }
}

export const http2Section: Section = { id: 'http2', title: 'Drain of many HTTP/2 sessions', measure }
