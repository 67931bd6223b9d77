import type { Row } from '../row.ts'
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
]
