import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import { answered } from '../trial.ts'

const post = (path: string, length: number, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: fixture\r\nContent-Length: ${length}\r\n${more}\r\n`

export const unfinishedRows: readonly Row[] = [
  {
    id: 'half-head',
    title: 'A request whose headers are completed after the listener has closed is answered',
    async run(trial) {
      await trial.start({ delay: 300, env: { KEEP_ALIVE_TIMEOUT: '200' } })
      const client = (await trial.silent()).send('GET /half HTTP/1.1\r\nHo')
      const holder = await trial.busy('/slow?ms=3500')
      await trial.signal()
      await trial.unserved()
      // Longer than an idle connection stays open.
      await sleep(1_800)
      client.send('st: fixture\r\n\r\n')
      answered(await client.responses(1), 1, client)
      await holder.responses(1)
    },
  },
  {
    id: 'half-head-exit',
    title: 'Headers that are never completed do not keep the process beyond its budget',
    async run(trial) {
      await trial.start({ delay: 300, budget: 3_000 })
      const client = (await trial.silent()).send('GET /never HTTP/1.1\r\nHo')
      await trial.served()
      await trial.signal()
      const { signal } = await trial.ending()
      expect(signal === null, `the process had to be ended by ${signal}`)
      await client.ended()
    },
  },
  {
    id: 'upload',
    title: 'A slow upload that is in progress at the signal is received completely and answered',
    async run(trial) {
      await trial.start({ delay: 300 })
      const client = await trial.idle()
      client.send(post('/upload', 100_000))
      await trial.handled('/upload')
      await trial.signal()
      for (let sent = 0; sent < 100_000; sent += 10_000) {
        client.send('x'.repeat(10_000))
        await sleep(120)
      }
      const responses = await client.responses(2)
      answered(responses, 2, client)
      expect(responses[1]!.body === 'received 100000', responses[1]!.body)
    },
  },
  {
    id: 'expect-continue',
    title: 'A request with Expect: 100-continue gets 100 and then its response',
    async run(trial) {
      await trial.start()
      const client = await trial.idle()
      await trial.signal()
      client.send(post('/upload', 5, 'Expect: 100-continue\r\n'))
      await client.receives('100 Continue')
      client.send('hello')
      const responses = await client.responses(3)
      answered(responses, 3, client)
    },
  },
  {
    id: 'refused-upload',
    title: 'An upload that is answered before it is read ends with the response, not with a reset',
    async run(trial) {
      await trial.start({ delay: 300 })
      const client = await trial.busy('/slow?ms=600')
      await trial.signal()
      client.send(post('/refuse-upload', 4_000_000))
      for (let sent = 0; sent < 4_000_000 && client.closed !== 'ECONNRESET'; sent += 500_000) {
        client.send('x'.repeat(500_000))
        await sleep(100)
      }
      const responses = await client.responses(2)
      expect(responses[1]?.status === 413, `no response to the upload, then ${client.closed}`)
      expect(client.error === undefined, `the response arrived, then ${client.error}`)
    },
  },
]
