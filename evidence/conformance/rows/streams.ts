import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import type { RawClient } from '../../../packages/graceful/test/harness/raw-client.ts'
import { answered, type Trial } from '../trial.ts'

const BYTES = 20_000_000

/** Requests more than the socket buffers hold, and reads nothing until well after the drain has started. */
async function readsSlowly(trial: Trial, afterAsking: () => Promise<void>, idle?: RawClient): Promise<void> {
  const client = idle ?? (await trial.idle())
  const path = `/large?bytes=${BYTES}`
  client.pause()
  client.received = ''
  client.get(path)
  await trial.handled(path)
  await afterAsking()
  await sleep(2_800)
  client.resume()
  // Parsed once at the end: parsing after each chunk would block the other trials of this process.
  while (client.closed === undefined && client.received.length < BYTES) await sleep(20)
  answered(await client.responses(1), 1, client)
}

export const streamRows: readonly Row[] = [
  {
    id: 'stream',
    title: 'A chunked response that started before the signal is delivered completely',
    async run(trial) {
      await trial.start({ delay: 200 })
      const client = await trial.busy('/stream?chunks=15&every=100')
      await client.receives('chunk 0')
      await trial.signal()
      const responses = await client.responses(1)
      answered(responses, 1, client)
      expect(responses[0]!.body.endsWith('end\n'), 'the stream was cut off')
    },
  },
  {
    id: 'stream-exit',
    title: '… and its connection does not delay the exit',
    async run(trial) {
      await trial.start({ budget: 9_000, delay: 200, env: { KEEP_ALIVE_TIMEOUT: '1000' } })
      const client = await trial.busy('/stream?chunks=8&every=100')
      await client.receives('chunk 0')
      await trial.signal()
      answered(await client.responses(1), 1, client)
      await trial.endsEarly('the connection of a finished stream')
    },
  },
  {
    id: 'slow-reader',
    title: 'A client that reads slowly receives a large response completely',
    async run(trial) {
      await trial.start({ budget: 8_000, delay: 200 })
      await readsSlowly(trial, async () => trial.signal())
    },
  },
  {
    id: 'slow-reader-delay',
    title: '… also if the request came during the delay',
    async run(trial) {
      await trial.start({ budget: 9_000 })
      const client = await trial.idle()
      await trial.signal()
      await readsSlowly(trial, async () => {}, client)
    },
  },
  {
    id: 'until-drain',
    title: 'A stream that ends at the drain event is delivered completely and does not delay the exit',
    needs: 'drainEvent',
    async run(trial) {
      await trial.start({ budget: 9_000, delay: 300, env: { KEEP_ALIVE_TIMEOUT: '1000' } })
      const client = await trial.busy('/until-drain')
      await client.receives('first')
      await trial.signal()
      const responses = await client.responses(1)
      answered(responses, 1, client)
      expect(responses[0]!.body === 'first\nlast\n', `received ${JSON.stringify(responses[0]!.body)}`)
      await trial.endsEarly('a stream')
    },
  },
]
