import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '../expect.ts'
import type { Program } from '../programs.ts'
import type { Row } from '../row.ts'
import { answered, type Trial } from '../trial.ts'

/** Sends the signal during a slow request. The other code ends its clean-up after 100 ms, if nothing defers it. */
export async function shutDown(trial: Trial, otherCode: string, program: Program = 'server'): Promise<void> {
  await trial.start({ program, delay: 1_200, env: { OTHER_CODE: otherCode } })
  const slow = await trial.busy('/slow?ms=2000')
  await trial.signal()
  await sleep(500)
  const fresh = trial.client().get('/fresh')
  answered(await fresh.responses(1), 1, fresh)
  fresh.end()
  answered(await slow.responses(1), 1, slow)
  slow.end()
}

/** Checks that the other code has finished its clean-up, and the exit code. */
export async function endsWell(trial: Trial, expected = 0): Promise<void> {
  await trial.ending()
  expect(
    trial.service.messages.some(({ cleanedUp }) => cleanedUp === true),
    'the clean-up was cut',
  )
  await trial.endsWith(expected)
}

export const otherCodeRows: readonly Row[] = [
  {
    id: 'other-listener-exits',
    title:
      'A SIGTERM listener of other code that exits ends neither the delay nor a request, and its clean-up completes',
    async run(trial) {
      await shutDown(trial, 'exits')
      await endsWell(trial)
    },
  },
  {
    id: 'other-listener-closes',
    title: 'A SIGTERM listener of other code that closes the server ends neither the delay nor its own clean-up',
    async run(trial) {
      await shutDown(trial, 'closes')
      await endsWell(trial)
    },
  },
  {
    id: 'other-listener-closes-only',
    title: '… also if the clean-up is an asynchronous callback of server.close() without an exit',
    async run(trial) {
      await shutDown(trial, 'closesOnly')
      await endsWell(trial)
    },
  },
  {
    id: 'other-listener-raises',
    title:
      'A SIGTERM listener of other code that raises the signal again ends neither the delay nor a request, and the exit code is 0',
    async run(trial) {
      await shutDown(trial, 'raises')
      await endsWell(trial)
    },
  },
  {
    id: 'other-listener-fails',
    title: 'An exit code above 0 that a SIGTERM listener of other code gives is kept, after the last response',
    async run(trial) {
      await shutDown(trial, 'fails')
      await endsWell(trial, 3)
    },
  },
  {
    id: 'other-listener-wakes',
    title: 'A request that waits for a SIGTERM listener of other code gets its response, and the exit code is 0',
    async run(trial) {
      await trial.start({ delay: 300, env: { OTHER_CODE: 'wakes' } })
      const client = await trial.busy('/hang')
      await trial.signal()
      answered(await client.responses(1), 1, client)
      client.end()
      await trial.endsWith(0)
    },
  },
  {
    id: 'telemetry-last',
    title: 'The last hook, which flushes telemetry, runs after the clean-up of other code',
    needs: 'hooks',
    async run(trial) {
      const hooks = [{ name: 'database' }, { name: 'telemetry', phase: 'last' as const }]
      await trial.start({ delay: 300, hooks, env: { OTHER_CODE: 'exits' } })
      await trial.signal()
      await trial.ending()
      const { messages } = trial.service
      const cleanedUp = messages.findIndex((message) => message['cleanedUp'] === true)
      expect(cleanedUp >= 0, 'the clean-up of other code was cut')
      const flushed = messages.findIndex(({ hook, phase }) => hook === 'telemetry' && phase === 'end')
      expect(flushed >= 0, 'the hook did not finish')
      expect(flushed > cleanedUp, 'the hook ran before the clean-up')
    },
  },
]
