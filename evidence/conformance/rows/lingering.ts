import { frame, preface, TYPE } from '../../../packages/graceful/test/harness/frames.ts'
import type { RawClient } from '../../../packages/graceful/test/harness/raw-client.ts'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import type { Trial } from '../trial.ts'

const BUDGET = 14_000
const LARGE = '/large?bytes=60000000'

/** Sends `data` every 100 ms until the end of the trial. */
function keepSending(trial: Trial, client: RawClient, data: string): void {
  const timer = setInterval(() => client.send(data), 100)
  trial.onClose(() => clearInterval(timer))
}

/** Expects an exit with 0, well before the end of the budget. */
async function endsCleanly(trial: Trial, holder: string): Promise<void> {
  await trial.endsEarly(holder)
  const { code } = await trial.ending()
  expect(code === 0, `exit code ${code}`)
}

export const lingeringRows: readonly Row[] = [
  {
    id: 'linger-bytes',
    title: 'A client that sends bytes after its last response does not delay the exit, and the exit code is 0',
    async run(trial) {
      await trial.start({ delay: 600, budget: BUDGET })
      const client = await trial.idle()
      await trial.signal()
      await client.get('/last').responses(2)
      // Part of a head: Node answers other bytes with 400.
      keepSending(trial, client.send('GET / HTTP/1.1\r\nX: '), 'a')
      await endsCleanly(trial, 'a client after its last response')
    },
  },
  {
    id: 'linger-upload',
    title: '… nor does an upload that continues after the server has responded',
    async run(trial) {
      await trial.start({ delay: 600, budget: BUDGET })
      const client = await trial.idle()
      await trial.signal()
      client.send('POST /refuse-upload HTTP/1.1\r\nHost: fixture\r\nContent-Length: 900000000\r\n\r\n')
      await client.responses(2)
      keepSending(trial, client, 'x'.repeat(1_000))
      await endsCleanly(trial, 'an upload after its response')
    },
  },
  {
    id: 'linger-unread',
    title: '… nor a client that never reads its complete response',
    async run(trial) {
      await trial.start({ delay: 300, budget: BUDGET })
      const client = await trial.idle()
      client.pause()
      client.get(LARGE)
      await trial.handled(LARGE)
      await trial.signal()
      await endsCleanly(trial, 'a client that does not read')
    },
  },
  {
    id: 'linger-ping',
    title: '… nor an HTTP/2 client that sends PING frames after GOAWAY',
    needs: 'cleartextHttp2',
    async run(trial) {
      await trial.start({ delay: 300, budget: BUDGET, env: { PROTOCOL: 'h2c' } })
      const client = trial.client()
      client.send(preface())
      await client.receives('\0\0\0\x04\x01')
      await trial.signal()
      keepSending(trial, client, frame(TYPE.ping, '12345678'))
      await endsCleanly(trial, 'an HTTP/2 client')
    },
  },
]
