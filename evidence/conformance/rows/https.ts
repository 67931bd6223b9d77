import { secured } from '../certificate.ts'
import { idleAfterClose } from '../clients.ts'
import { expect } from '../expect.ts'
import type { TrialSettings } from '../programs.ts'
import type { Row } from '../row.ts'
import { answered, type Trial } from '../trial.ts'

const start = async (trial: Trial, settings: TrialSettings): Promise<void> =>
  trial.start({ ...settings, env: { ...settings.env, PROTOCOL: 'https', ...secured() } })

export const httpsRows: readonly Row[] = [
  {
    id: 'https-handshake',
    title: 'A connection whose handshake starts during the delay gets a response with Connection: close',
    async run(trial) {
      await start(trial, {})
      await trial.signal()
      const client = trial.client().get('/fresh')
      const responses = await client.responses(1)
      answered(responses, 1, client)
      expect(responses[0]!.headers['connection'] === 'close', `Connection: ${responses[0]!.headers['connection']}`)
    },
  },
  {
    id: 'https-in-flight',
    title: 'Pipelined requests whose handlers finish after the signal are all answered',
    async run(trial) {
      await start(trial, { delay: 200 })
      const client = await trial.busy('/slow?ms=800&n=1')
      client.get('/slow?ms=1000&n=2')
      await trial.handled('/slow?ms=1000&n=2')
      await trial.signal()
      answered(await client.responses(2), 2, client)
    },
  },
  {
    id: 'https-idle',
    title: 'A request on an idle connection is answered after the listener has closed',
    async run(trial) {
      await start(trial, { delay: 300 })
      await idleAfterClose(trial)
    },
  },
  {
    id: 'https-silent',
    title: 'A connection without a handshake does not delay the exit',
    async run(trial) {
      await start(trial, { budget: 9_000, delay: 300 })
      await trial.client({ tls: false }).connected()
      await trial.served()
      await trial.signal()
      await trial.endsEarly('a connection without a handshake')
    },
  },
]
