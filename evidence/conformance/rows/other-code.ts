import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import { answered, type Trial } from '../trial.ts'

/** Sends the signal during a slow request. The other code ends its clean-up after 100 ms, if nothing puts it off. */
async function shutDown(trial: Trial, otherCode: string): Promise<void> {
  await trial.start({ delay: 1_200, env: { OTHER_CODE: otherCode } })
  const slow = await trial.busy('/slow?ms=2000')
  await trial.signal()
  await sleep(500)
  const fresh = trial.client().get('/fresh')
  answered(await fresh.responses(1), 1, fresh)
  fresh.end()
  answered(await slow.responses(1), 1, slow)
  slow.end()
}

async function endsWell(trial: Trial): Promise<void> {
  const { code, signal } = await trial.ending()
  expect(
    trial.service.messages.some(({ cleanedUp }) => cleanedUp === true),
    'the clean-up was cut',
  )
  expect(code === 0, `the process ended with ${signal ?? `exit code ${code}`}`)
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
]
