import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import { answered } from '../trial.ts'

const requests = (paths: readonly string[]): string =>
  paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: fixture\r\n\r\n`).join('')

export const pipeliningRows: readonly Row[] = [
  {
    id: 'pipelined-before',
    title: 'Pipelined requests whose handlers finish after the signal are all answered',
    async run(trial) {
      await trial.start({ delay: 200 })
      const paths = ['/slow?ms=900&n=1', '/slow?ms=600&n=2', '/slow?ms=1200&n=3']
      const client = trial.client().send(requests(paths))
      await trial.handled(paths[2]!)
      await trial.signal()
      answered(await client.responses(3), 3, client)
    },
  },
  {
    id: 'pipelined-out-of-order',
    title:
      'The last pipelined response says `Connection: close`, also if it was written before the signal, out of order',
    async run(trial) {
      await trial.start({ delay: 200 })
      const client = trial.client().send(requests(['/slow?ms=900&n=1', '/2']))
      await trial.handled('/2')
      await trial.signal()
      const responses = await client.responses(2)
      answered(responses, 2, client)
      expect(responses[1]!.headers['connection'] === 'close', `Connection: ${responses[1]!.headers['connection']}`)
    },
  },
  {
    id: 'pipelined-after',
    title: 'Pipelined requests sent after the signal are all answered',
    async run(trial) {
      await trial.start()
      const client = await trial.idle()
      await trial.signal()
      client.send(requests(['/1', '/2', '/slow?ms=100&n=3', '/4', '/5']))
      answered(await client.responses(6), 6, client)
    },
  },
  {
    id: 'pipelined-late',
    title: 'During the drain, a request pipelined behind a running one is answered',
    async run(trial) {
      await trial.start({ delay: 200 })
      const client = await trial.busy('/slow?ms=1500')
      await trial.signal()
      await trial.unserved()
      answered(await client.get('/late').responses(2), 2, client)
    },
  },
]
