import { once } from 'node:events'
import { connect, type ClientHttp2Session } from 'node:http2'
import { contenders, OURS, type Contender } from '../../contenders/contenders.ts'
import { tooManyConnections } from '../limits.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server, type Ending } from '../server.ts'
import { random } from '../../base/statistics.ts'

const BUDGET = 15_000
/** What the stream of each session takes, in ms. */
const WORK = 2_000
/** Each session opens one more stream within so long after the signal, in ms: some of them meet the GOAWAY on their way. */
const WINDOW = 100

/** A stream above the last id of a GOAWAY was not processed, its client knows it, and may send it again (RFC 9113 §6.8). */
type Late = 'answered' | 'above' | 'lost' | 'not-sent'

interface Outcome {
  readonly ending: Ending
  /** Streams that were open at the signal and got no complete answer. */
  readonly lost: number
  /** Sessions that were told by GOAWAY. */
  readonly told: number
  /** What became of the streams that were opened after the signal. */
  readonly late: readonly Late[]
}

async function drain(contender: Contender, count: number): Promise<Outcome> {
  const server = await Server.start(contender, { budget: BUDGET, env: { PROTOCOL: 'h2c' } })
  const sessions: ClientHttp2Session[] = []
  let told = 0
  for (let index = 0; index < count; index++) {
    const session = connect(`http://127.0.0.1:${server.port}`)
    session.on('error', () => {})
    session.once('goaway', () => (told += 1))
    sessions.push(session)
    if (index % 50 === 49) await once(session, 'connect')
  }
  await Promise.all(sessions.map(async (session) => ask(session, '/')))
  const streams = sessions.map(async (session) => ask(session, `/${WORK}`))
  // Until the server has them all.
  while ((await server.measure()).requests < 2 * count) await new Promise((resolve) => void setTimeout(resolve, 20))
  const next = random(1)
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
  return { ending, lost: count - answered, told, late: await lateStreams }
}

async function askLate(session: ClientHttp2Session, lastId: Promise<number>, after: number): Promise<Late> {
  await new Promise((resolve) => void setTimeout(resolve, after))
  if (session.closed || session.destroyed) return 'not-sent'
  const { whole, id } = await ask(session, '/')
  if (whole) return 'answered'
  return id === undefined || id > (await lastId) ? 'above' : 'lost'
}

/** `id` is undefined where the stream was never given one: its session had ended. */
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
  const all: { readonly name: string; readonly outcome: Outcome }[] = []
  for (const contender of contenders) {
    const outcome = await drain(contender, count)
    all.push({ name: contender.name, outcome })
    log(`${contender.name}: ${outcome.lost} lost, ${outcome.told} told, ${Math.round(outcome.ending.ms)} ms`)
  }
  return {
    text: [
      `${count.toLocaleString('en')} HTTP/2 sessions (h2c), each with a stream of ${WORK / 1_000} s in its handler when the drain starts; no delay before,`,
      `a budget of ${BUDGET / 1_000} s. Each session opens one more stream within ${WINDOW} ms after the signal, if it was not told by then. Those`,
      `above the last stream id of the GOAWAY were not processed and are safe to send again (RFC 9113 §6.8): they are counted apart.`,
    ].join('\n'),
    head: [
      '',
      'streams lost',
      'sessions told GOAWAY',
      'late streams: answered',
      'above the last id',
      'lost',
      'drain start to exit, s',
      'exit code',
      'longest event-loop block, ms',
    ],
    rows: all.map(({ name, outcome: { ending, lost, told, late } }) => [
      name,
      String(lost),
      String(told),
      ...(['answered', 'above', 'lost'] as const).map((what) => String(late.filter((one) => one === what).length)),
      (ending.ms / 1_000).toFixed(1),
      ending.killed ? 'killed' : String(ending.code),
      ending.longestBlock?.toFixed(0) ?? '–',
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

export const http2Section: Section = { id: 'http2', title: 'Draining many HTTP/2 sessions', measure }
