import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import { answered, endedWith } from '../trial.ts'

export const signalRows: readonly Row[] = [
  {
    id: 'second-signal',
    title: 'A second SIGTERM changes nothing',
    async run(trial) {
      await trial.start({ delay: 300 })
      const client = await trial.busy('/slow?ms=1200')
      await trial.signal()
      for (const wait of [100, 500]) {
        await sleep(wait)
        trial.service.signal()
      }
      answered(await client.responses(1), 1, client)
      client.end()
      await trial.endsWith(0)
    },
  },
  {
    id: 'before-listen',
    title: 'SIGTERM during startup ends the service with exit code 0',
    async run(trial) {
      await trial.start({ delay: 200, budget: 4_000, env: { LISTEN_AFTER: '800' } })
      await trial.signal()
      const ending = await trial.ending()
      expect(ending.code === 0, ending.signal === 'SIGKILL' ? 'the service kept running' : endedWith(ending))
    },
  },
  {
    id: 'crash',
    title: 'After an uncaught exception in one request, the others in flight are answered and the exit code is nonzero',
    async run(trial) {
      await trial.start({ delay: 200 })
      const client = await trial.busy('/slow?ms=2000')
      await trial.busy('/crash?how=throw')
      const responses = await client.responses(1)
      answered(responses, 1, client)
      client.end()
      const ending = await trial.ending()
      expect(ending.code !== 0, endedWith(ending))
    },
  },
]
