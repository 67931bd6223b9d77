import type { Row } from '../row.ts'
import { expect } from '../expect.ts'
import { answered } from '../trial.ts'

export const eventRows: readonly Row[] = [
  {
    id: 'event-stream',
    title: 'Server-sent events whose handler ignores the drain end completely and do not delay the exit',
    async run(trial) {
      await trial.start({ budget: 9_000, delay: 300, env: { KEEP_ALIVE_TIMEOUT: '1000' } })
      const client = await trial.busy('/events')
      await client.receives('data: first')
      await trial.signal()
      await trial.endsEarly('the stream')
      answered(await client.responses(1), 1, client)
    },
  },
  {
    id: 'event-stream-post',
    title: 'Server-sent events in a response to POST are delivered completely',
    async run(trial) {
      await trial.start({ delay: 300 })
      const client = trial.client().send('POST /tokens HTTP/1.1\r\nHost: fixture\r\nContent-Length: 2\r\n\r\n{}')
      await client.receives('data: 0')
      await trial.signal()
      const responses = await client.responses(1)
      answered(responses, 1, client)
      expect(responses[0]!.body.endsWith('data: [DONE]\n\n'), 'the events were cut off')
    },
  },
]
