import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgres } from '../../../packages/cloud-communal-service/test/postgres.ts'
import { nextId, type Load, type Target } from './load.ts'

/** The jobs that wait in the queue, and how long each takes, in ms. */
const JOBS = 200
const DURATION = 400
/** The number of jobs that the worker has started at SIGTERM. */
const STARTED = 3

const idsOf = (output: string, what: 'started' | 'done'): string[] =>
  [...output.matchAll(new RegExp(`^work (\\S+) ${what}$`, 'gmu'))].map(([, id = '']) => id)

interface Boss {
  start(): Promise<unknown>
  stop(): Promise<void>
  send(queue: string, data: object): Promise<unknown>
}

/** Fills the queue with the `pg-boss` that the example brings. */
async function fill({ folder }: Target, url: string): Promise<void> {
  const { PgBoss } = createRequire(folder)('pg-boss') as { PgBoss: new (url: string) => Boss }
  const boss = new PgBoss(url)
  await boss.start()
  await Promise.all(Array.from({ length: JOBS }, () => boss.send('work', { id: nextId(), ms: DURATION })))
  await boss.stop()
}

/** Jobs in a queue: the worker is in the middle of one at SIGTERM. A job that it starts and does not finish is lost. */
export const jobs: Load = {
  async prepare() {
    const postgres = await createPostgres()
    await postgres.start()
    return { env: { DATABASE_URL: postgres.url() }, remove: () => postgres.remove() }
  },
  withoutServer: true,
  ready: async ({ output }) => /^working$/mu.test(output()),
  async run(target) {
    await fill(target, target.env['DATABASE_URL']!)
    while (idsOf(target.output(), 'started').length < STARTED) await sleep(10)
    target.signal()
    await target.exited
    const done = new Set(idsOf(target.output(), 'done'))
    for (const id of idsOf(target.output(), 'started')) {
      if (done.has(id)) target.tally.answered(id)
      else target.tally.lost('a job that was started')
    }
  },
}
