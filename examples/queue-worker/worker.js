// A queue worker without a server: pg-boss on PostgreSQL. The shutdown is its `stop()`, which waits for the active jobs.
import { setTimeout as sleep } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'

const boss = new PgBoss(process.env.DATABASE_URL)
boss.on('error', console.error)
await boss.start()
await boss.createQueue('work')
await boss.work('work', { pollingIntervalSeconds: 0.5 }, async ([job]) => {
  const { id, ms } = job.data
  console.log(`work ${id} started`)
  await sleep(ms)
  console.log(`work ${id} done`)
})
console.log('working')

process.on('SIGTERM', async () => {
  await boss.stop({ graceful: true, timeout: 10_000 })
  console.log('clean-up finished')
})
