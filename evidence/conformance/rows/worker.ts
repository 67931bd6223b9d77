import { expect } from '../expect.ts'
import type { TrialSettings } from '../programs.ts'
import type { Row } from '../row.ts'
import { endedWith, type Trial } from '../trial.ts'

/** Starts a worker without a server, and waits until it takes jobs. */
async function start(trial: Trial, settings: TrialSettings): Promise<void> {
  await trial.start({ program: 'worker', hooks: [{ name: 'database' }], ...settings })
  await trial.service.waitFor(({ job }) => job === 'taken')
}

/** Checks that something ended, and that the hook ran after it. */
function endedBeforeTheHook({ service: { messages } }: Trial, name: 'job' | 'work'): void {
  const done = messages.findIndex((message) => message[name] === 'done')
  expect(done >= 0, `the process ended before the ${name}`)
  const hook = messages.findIndex((message) => message['hook'] === 'database')
  expect(hook >= 0, 'the hook did not run')
  expect(hook > done, `the hook ran before the end of the ${name}`)
}

export const workerRows: readonly Row[] = [
  {
    id: 'worker-jobs',
    title: 'From the signal on, no job is taken; the last one ends, then the hooks run, and the exit code is 0',
    needs: 'worker',
    async run(trial) {
      await start(trial, { env: { JOB: '800' } })
      await trial.signal()
      const ending = await trial.ending()
      const { messages } = trial.service
      const late = messages.slice(messages.findIndex(({ signalled }) => signalled === true))
      const taken = late.filter(({ job }) => job === 'taken').length
      expect(taken === 0, `${taken} jobs were taken after the signal`)
      endedBeforeTheHook(trial, 'job')
      expect(ending.code === 0, endedWith(ending))
    },
  },
  {
    id: 'worker-delay',
    title: 'No propagation delay holds a worker, because no proxy sends requests to it',
    needs: 'worker',
    async run(trial) {
      await start(trial, { delay: 7_500, budget: 9_000, env: { JOB: '100' } })
      await trial.signal()
      await trial.endsEarly('the delay')
    },
  },
  {
    id: 'worker-background',
    title: 'Work that continues after its job ends before the hooks run',
    needs: 'worker',
    async run(trial) {
      await start(trial, { env: { JOB: '100', WORK: '1500' } })
      await trial.signal()
      await trial.ending()
      endedBeforeTheHook(trial, 'work')
    },
  },
  {
    id: 'worker-budget',
    title: 'If a job never ends, the hooks still run, and the process exits within its budget with a nonzero code',
    needs: 'worker',
    async run(trial) {
      await start(trial, { budget: 3_000, env: { JOB: 'never' } })
      await trial.signal()
      const ending = await trial.ending()
      expect(ending.signal !== 'SIGKILL', 'the process did not exit within its budget')
      const ran = trial.service.messages.some(({ hook, phase }) => hook === 'database' && phase === 'end')
      expect(ran, 'the hook did not run')
      expect(ending.code !== 0, endedWith(ending))
    },
  },
]
