import { describe, expect, it } from 'vitest'
import { MESSAGE } from '../../src/base/attempt.ts'
import type { EndedAttempt } from '../../src/ledger/ledger.ts'
import { BatchReader } from '../../src/workers/batch.ts'
import type { Batch } from '../../src/workers/batch.ts'
import { Outbox } from '../../src/workers/outbox.ts'

const answered = (number: number, changes: Partial<EndedAttempt['draft']> = {}): EndedAttempt => ({
  number,
  draft: {
    client: 'keep-alive',
    url: 'http://shop.store.svc:80',
    method: 'GET',
    path: '/',
    scheduledAt: 1_000 + number,
    startedAt: 1_002 + number,
    reused: true,
    pod: undefined,
    deadline: 20_000,
    ...changes,
  },
  ending: { outcome: 'answered', pod: 'shop-a', version: 'v1', askedMs: 12.5 },
  endedAt: 1_010 + number,
})

const failed = (number: number): EndedAttempt => ({
  ...answered(number, { pod: 'shop-b', path: '/work', mayCloseAt: 6_000 }),
  ending: { outcome: 'reset', detail: 'ECONNRESET', code: 'ECONNRESET', localPort: 40_000, pod: 'shop-b' },
})

/** Sends batches as lines of JSON, and reads them on a machine whose clock is 500 ms behind. */
const delivered = (reader: BatchReader, batches: readonly Batch[]): EndedAttempt[] =>
  batches.flatMap((batch) => reader.read(JSON.parse(JSON.stringify(batch)) as Batch, 500))

function send(outbox: Outbox): Batch[] {
  const batches: Batch[] = []
  outbox.send((batch) => void batches.push(batch))
  return batches
}

describe('batches of attempts', () => {
  it('bring every attempt on the clock of the coordinator, with all that the ledger needs', () => {
    const outbox = new Outbox(() => false)
    const reader = new BatchReader()
    outbox.add(answered(1))
    outbox.add(answered(5, { method: MESSAGE, reused: false, client: 'websocket' }))
    outbox.add(failed(9))
    const [first, second, third] = delivered(reader, send(outbox))
    expect(first).toMatchObject({
      number: 1,
      draft: { client: 'keep-alive', url: 'http://shop.store.svc:80', scheduledAt: 501, startedAt: 503, reused: true },
      ending: { outcome: 'answered', pod: 'shop-a', version: 'v1', askedMs: 12.5 },
      endedAt: 511,
    })
    expect(second?.draft).toMatchObject({ client: 'websocket', method: MESSAGE, reused: false })
    expect(third).toMatchObject({
      number: 9,
      draft: { pod: 'shop-b', path: '/work', scheduledAt: 509, startedAt: 511, deadline: 19_500, mayCloseAt: 5_500 },
      ending: failed(9).ending,
      endedAt: 519,
    })
  })

  it('send each name once', () => {
    const outbox = new Outbox(() => false)
    outbox.add(answered(1))
    const [one] = send(outbox)
    outbox.add(answered(2))
    outbox.add({ ...answered(3), ending: { outcome: 'answered', pod: 'shop-c', version: 'v1' } })
    const [two] = send(outbox)
    expect(one?.names).toEqual(['keep-alive', 'http://shop.store.svc:80', 'shop-a', 'v1'])
    expect(two?.names).toEqual(['shop-c'])
  })

  it('wait until they are confirmed, and are sent again after a break', () => {
    const outbox = new Outbox(() => false)
    outbox.add(answered(1))
    expect(send(outbox).map(({ number }) => number)).toEqual([1])
    outbox.add(answered(2))
    expect(send(outbox).map(({ number }) => number)).toEqual([2])
    outbox.confirm(1)
    outbox.sendAgain()
    expect(send(outbox).map(({ number }) => number)).toEqual([2])
    outbox.confirm(2)
    outbox.sendAgain()
    expect(send(outbox)).toEqual([])
    expect(outbox.finish()).toBe(2)
  })

  it('take bounded memory while nobody confirms them', () => {
    const outbox = new Outbox(() => false)
    for (let number = 1; number <= 500_000; number += 1) outbox.add(answered(number))
    expect(outbox.full).toBe(false)
    outbox.add(answered(500_001))
    expect(outbox.full).toBe(true)
  })

  it('say whether the worker had no CPU while it waited', () => {
    const outbox = new Outbox((from, to, attempt) => from === 1_011 && to === 1_019 && attempt === 9)
    outbox.add(failed(9))
    outbox.add(failed(10))
    const [batch] = send(outbox)
    expect(batch?.failed.map(({ starved }) => starved)).toEqual([true, false])
  })
})
