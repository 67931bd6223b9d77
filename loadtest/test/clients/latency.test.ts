import { afterEach, describe, expect, it } from 'vitest'
import { createRandom } from '../../src/base/random.ts'
import { now } from '../../src/base/clock.ts'
import { slow } from '../../src/clients/classes/slow.ts'
import { websocket } from '../../src/clients/classes/websocket.ts'
import type { ClientClass } from '../../src/clients/client.ts'
import { planEvents } from '../../src/inputs/requests/events.ts'
import { planSlow, planStream, planUpload } from '../../src/inputs/requests/requests.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { load } from '../fixtures/load.ts'
import { profile, startService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'

let service: Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})

const head = { status: 200, headers: new Map([['content-type', 'text/event-stream']]) }
const answer = (body: string): never => ({ head, body: Buffer.from(body), bodyBytes: body.length }) as never

describe('the time that a client asks for', () => {
  const random = createRandom(1)
  const every = 100

  it('is the delay of a slow response, and the pauses between the parts of a stream and of an upload', () => {
    const path = { path: '/', status: 200 }
    expect(planSlow({ ...path, json: true, ms: { min: 700, max: 700 } }, random).askedMs()).toBe(700)
    const chunks = { min: 5, max: 5 }
    expect(planStream({ ...path, chunks, every, lastLine: 'end' }, random).askedMs()).toBe(400)
    const upload = { ...path, bytes: { min: 100, max: 100 }, slowMs: { min: 1, max: 1 }, sha256Field: 'sha256' }
    expect(planUpload(upload, random, 1_000).askedMs()).toBe(900)
    expect(planUpload(upload, random).askedMs()).toBe(0)
  })

  it('is shorter if the server ends an event stream early', () => {
    const events = { path: '/?n={count}', status: 200, count: { min: 9, max: 9 }, every, numbered: true }
    const plan = planEvents(events, { count: 9, after: 0 })
    expect(plan.verify(answer('id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n'), 'x')).toBeUndefined()
    expect(plan.askedMs()).toBe(200)
  })
})

describe('latency', () => {
  it('counts from when a request was due, without the time that its client asked for', () => {
    const ledger = new Ledger('zd-a')
    const draft = { client: 'slow', url: '', method: 'GET', path: '/', reused: false, pod: undefined }
    const asked = (askedMs: number | undefined): void => {
      const moment = now() - 60_000
      const times = { scheduledAt: moment, startedAt: moment, deadline: Infinity }
      const attempt = ledger.open({ ...draft, ...times }, () => undefined)
      ledger.close(attempt, { outcome: 'answered', ...(askedMs === undefined ? {} : { askedMs }) })
    }
    asked(60_000)
    asked(90_000)
    expect(ledger.summary().clients['slow']?.latencyMs.max).toBeLessThan(30_000)
    expect(ledger.summary().seconds.at(-1)?.latencyMs.max).toBeLessThan(30_000)
    asked(undefined)
    expect(ledger.summary().clients['slow']?.latencyMs.max).toBeGreaterThanOrEqual(60_000)
  })

  const LONG = 2_000
  const RANGE = { min: LONG, max: LONG }
  it.each<[string, ClientClass, Partial<typeof profile.paths>]>([
    ['a WebSocket', websocket, { websocket: { path: '/echo', message: '{id}', echo: true, openMs: RANGE } }],
    ['a slow response', slow, { slow: { path: '/work?ms={ms}', status: 200, json: true, ms: RANGE } }],
  ])('of %s is far below the time for which its client wanted it', async (_, client, paths) => {
    service = await startService({ webSockets: {} })
    const asking = { ...profile, paths: { ...profile.paths, ...paths } }
    const { summary } = await load({ url: service.url, clients: [client], profile: asking, rate: 4, ms: LONG + 500 })
    const { latencyMs } = summary.clients[client.name] ?? {}
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(latencyMs?.max).toBeLessThan(LONG)
  })
})
