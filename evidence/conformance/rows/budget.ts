import { expect, type Row } from '../row.ts'
import type { Trial } from '../trial.ts'

async function endsByItself(trial: Trial): Promise<number> {
  const { code, signal } = await trial.ending()
  expect(signal === null, `it did not end by itself within its budget`)
  return code!
}

/** How the hook fared, by what the fixture tells of it. */
const ran = (trial: Trial, name: string): boolean =>
  trial.service.messages.some(({ hook, phase }) => hook === name && phase === 'end')

export const budgetRows: readonly Row[] = [
  {
    id: 'exit-zero',
    title: 'With nothing left to do the exit code is 0',
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
    title: 'A handler that never answers: the process ends within its budget, with an exit code that is not 0',
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
    title: '… having named the request that was cut off',
    async run(trial) {
      await trial.start({ delay: 300, budget: 3_000 })
      await trial.busy('/hang?secret=1')
      await trial.signal()
      await endsByItself(trial)
      const named = trial.service.messages.some(
        (told) => told['handler'] === undefined && /\/hang/.test(JSON.stringify(told)),
      )
      expect(named, 'nothing was said of it')
    },
  },
  {
    id: 'hook-last',
    title: 'Hooks run once the last request is answered',
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
    id: 'hook-hangs',
    title: 'A hook that hangs: the process ends within its budget, with an exit code that is not 0',
    needs: 'hooks',
    async run(trial) {
      await trial.start({ delay: 300, budget: 3_000, hooks: [{ name: 'database', ms: 60_000 }] })
      await trial.signal()
      const code = await endsByItself(trial)
      expect(code !== 0, `exit code ${code}`)
    },
  },
  {
    id: 'hook-throws',
    title: 'A hook that throws stops no other, and the exit code is not 0',
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
      expect(ran(trial, 'queue'), 'the hook after it did not finish')
      expect(code !== 0, `exit code ${code}`)
    },
  },
]
