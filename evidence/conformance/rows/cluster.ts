import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '../expect.ts'
import type { TrialSettings } from '../programs.ts'
import type { Row } from '../row.ts'
import { answered, endedWith, type Trial } from '../trial.ts'

/** Starts the primary and its two workers, and waits until the primary knows that both listen. */
async function start(trial: Trial, settings: TrialSettings): Promise<void> {
  await trial.start({ program: 'cluster', ...settings })
  const { service } = trial
  const listening = (): number => service.messages.filter((message) => message['workerListens'] !== undefined).length
  await service.waitFor(() => listening() >= 2)
}

const exitsOf = (trial: Trial) => trial.service.messages.filter(({ workerExit }) => workerExit !== undefined)

const PRIMARY = 'the primary'

export const clusterRows: readonly Row[] = [
  {
    id: 'cluster-drain',
    title: 'SIGTERM to the primary alone: requests in flight in the workers are answered, and the exit code is 0',
    async run(trial) {
      await start(trial, { delay: 500 })
      const slow = [await trial.busy('/slow?ms=1500&n=1'), await trial.busy('/slow?ms=1500&n=2')]
      await trial.signal()
      for (const client of slow) {
        answered(await client.responses(1), 1, client)
        client.end()
      }
      const ending = await trial.ending()
      expect(ending.code === 0, endedWith(ending, PRIMARY))
    },
  },
  {
    id: 'cluster-delay',
    title: '… and the workers serve new connections during the delay',
    async run(trial) {
      await start(trial, { delay: 1_200 })
      const slow = await trial.busy('/slow?ms=2000')
      await trial.signal()
      await sleep(600)
      for (let index = 0; index < 4; index++) {
        const client = trial.client().get('/fresh')
        answered(await client.responses(1), 1, client)
        client.destroy()
      }
      answered(await slow.responses(1), 1, slow)
      slow.end()
    },
  },
  {
    id: 'cluster-probes',
    title: '… and the readiness of the primary fails at the signal',
    needs: 'preload',
    async run(trial) {
      await start(trial, { delay: 1_200 })
      for (let left = 200; (await trial.probe('readiness')) !== 'ok'; left--) {
        expect(left > 0, 'the cluster did not become ready')
        await sleep(50)
      }
      await trial.signal()
      const seen = await trial.probe('readiness')
      expect(seen === 'failed', `the readiness probe was ${seen}`)
    },
  },
  {
    id: 'cluster-waits',
    title: 'The primary exits after its workers, and starts none in their place',
    async run(trial) {
      await start(trial, { delay: 300 })
      const slow = await trial.busy('/slow?ms=1200')
      await trial.signal()
      await slow.responses(1)
      slow.end()
      await trial.ending()
      const exits = exitsOf(trial).length
      expect(exits === 2, `${exits} of 2 workers exited before the primary`)
      const replaced = trial.service.messages.some(({ replacement }) => replacement !== undefined)
      expect(!replaced, 'it started another worker')
    },
  },
  {
    id: 'cluster-worst-code',
    title: 'The primary exits with the highest exit code of its workers',
    async run(trial) {
      await start(trial, { delay: 300, env: { EXIT_CODE: '7' } })
      await trial.signal()
      const ending = await trial.ending()
      expect(ending.code === 7, endedWith(ending, PRIMARY))
    },
  },
  {
    id: 'cluster-budget',
    title: 'If a handler in a worker never responds, the primary exits within its budget with a nonzero code',
    async run(trial) {
      await start(trial, { delay: 300, budget: 4_000 })
      await trial.busy('/hang')
      await trial.signal()
      const ending = await trial.ending()
      expect(ending.signal !== 'SIGKILL', 'the primary did not exit within its budget')
      expect(ending.code !== null && ending.code > 0, endedWith(ending, PRIMARY))
      const exits = exitsOf(trial).length
      expect(exits === 2, `${exits} of 2 workers exited before the primary`)
    },
  },
]
