import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import type { Trial } from '../trial.ts'

async function endsByItself(trial: Trial): Promise<number> {
  const { code, signal } = await trial.ending()
  expect(signal === null, `the process did not exit within its budget`)
  return code!
}

/** Returns whether the hook finished, according to the messages of the process. */
const ran = (trial: Trial, name: string): boolean =>
  trial.service.messages.some(({ hook, phase }) => hook === name && phase === 'end')

export const budgetRows: readonly Row[] = [
  {
    id: 'exit-zero',
    title: 'If everything finishes in time, the exit code is 0',
    async run(trial) {
      await trial.start({ delay: 300 })
      const client = await trial.busy('/slow?ms=500')
      await trial.signal()
      await client.responses(1)
      client.end()
      const code = await endsByItself(trial)
      expect(code === 0, `exit code ${code}`)
    },
  },
  {
    id: 'hung',
    title: 'If a handler never responds, the process exits within its budget with a nonzero code',
    async run(trial) {
      await trial.start({ delay: 300, budget: 3_000 })
      await trial.busy('/hang?secret=1')
      await trial.signal()
      const code = await endsByItself(trial)
      expect(code !== 0, `exit code ${code}`)
    },
  },
  {
    id: 'hung-named',
    title: '… after it has logged the request that was cut off',
    async run(trial) {
      await trial.start({ delay: 300, budget: 3_000 })
      await trial.busy('/hang?secret=1')
      await trial.signal()
      await endsByItself(trial)
      const named = trial.service.messages.some(
        (message) => message['handler'] === undefined && /\/hang/.test(JSON.stringify(message)),
      )
      expect(named, 'the request was not logged')
    },
  },
  {
    id: 'hung-hooks',
    title: '… and after its hooks have run',
    needs: 'hooks',
    async run(trial) {
      await trial.start({ delay: 300, budget: 3_000, hooks: [{ name: 'database', ms: 200 }] })
      await trial.busy('/hang')
      await trial.signal()
      await endsByItself(trial)
      expect(ran(trial, 'database'), 'the hook did not run')
    },
  },
  {
    id: 'hook-last',
    title: 'Hooks run after the last response',
    needs: 'hooks',
    async run(trial) {
      await trial.start({ delay: 200, hooks: [{ name: 'database' }] })
      const client = await trial.busy('/slow?ms=1500')
      await trial.signal()
      const early = await Promise.race([
        client.responses(1).then(() => false),
        trial.service.waitFor(({ hook }) => hook === 'database').then(() => true),
      ])
      expect(!early, 'the hook ran while a request was in flight')
      client.end()
      await trial.ending()
      expect(ran(trial, 'database'), 'the hook did not run')
    },
  },
  {
    id: 'background-work',
    title: '… and after work that continues after its response',
    needs: 'hooks',
    async run(trial) {
      await trial.start({ delay: 200, hooks: [{ name: 'database' }] })
      const client = trial.client().get('/accept?ms=1500')
      expect((await client.responses(1))[0]?.body === 'accepted', 'no response before the signal')
      client.end()
      await trial.signal()
      await endsByItself(trial)
      const { messages } = trial.service
      const done = messages.findIndex(({ work }) => work === 'done')
      expect(done >= 0, 'the process ended before the work')
      expect(messages.findIndex(({ hook }) => hook === 'database') > done, 'the hook ran before the end of the work')
    },
  },
  {
    id: 'jobs',
    title: 'From the signal on, no job is taken from a queue, and the last one ends before the hooks run',
    needs: 'hooks',
    async run(trial) {
      await trial.start({ delay: 500, hooks: [{ name: 'database' }], env: { JOB: '1200' } })
      await trial.service.waitFor(({ job }) => job === 'taken')
      await trial.signal()
      await endsByItself(trial)
      const { messages } = trial.service
      const late = messages.slice(messages.findIndex(({ signalled }) => signalled === true))
      const taken = late.filter(({ job }) => job === 'taken').length
      expect(taken === 0, `${taken} jobs were taken after the signal`)
      const done = messages.findIndex(({ job }) => job === 'done')
      expect(done >= 0, 'the process ended before the job')
      expect(messages.findIndex(({ hook }) => hook === 'database') > done, 'the hook ran before the end of the job')
    },
  },
  {
    id: 'job-hangs',
    title: 'If a job never ends, the hooks still run and the exit code is nonzero',
    needs: 'hooks',
    async run(trial) {
      await trial.start({ delay: 300, budget: 3_000, hooks: [{ name: 'database', ms: 200 }], env: { JOB: 'never' } })
      await trial.service.waitFor(({ job }) => job === 'taken')
      await trial.signal()
      const code = await endsByItself(trial)
      expect(ran(trial, 'database'), 'the hook did not run')
      expect(code !== 0, `exit code ${code}`)
    },
  },
  {
    id: 'hook-hangs',
    title: 'If a hook hangs, the process exits within its budget with a nonzero code',
    needs: 'hooks',
    async run(trial) {
      await trial.start({ delay: 300, budget: 3_000, hooks: [{ name: 'database', ms: 60_000 }] })
      await trial.signal()
      const code = await endsByItself(trial)
      expect(code !== 0, `exit code ${code}`)
    },
  },
  {
    id: 'hook-limit',
    title: '… and the next hook runs all the same',
    needs: 'hooks',
    async run(trial) {
      const hooks = [{ name: 'database', ms: 60_000 }, { name: 'queue' }]
      await trial.start({ delay: 300, budget: 12_000, hooks })
      await trial.signal()
      await endsByItself(trial)
      expect(ran(trial, 'queue'), 'the next hook did not run')
    },
  },
  {
    id: 'hook-throws',
    title: 'If a hook throws, the other hooks still run and the exit code is nonzero',
    needs: 'hooks',
    async run(trial) {
      await trial.start({
        hooks: [
          { name: 'database', fails: 'the pool is gone' },
          { name: 'queue', ms: 200 },
        ],
      })
      await trial.signal()
      const code = await endsByItself(trial)
      expect(ran(trial, 'queue'), 'the next hook did not finish')
      expect(code !== 0, `exit code ${code}`)
    },
  },
]
