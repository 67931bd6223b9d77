// Koa. Its documentation has no shutdown.
import { setTimeout as sleep } from 'node:timers/promises'
import Koa from 'koa'

const app = new Koa()
app.use(async (context) => {
  const { id, ms } = context.query
  await sleep(Number(ms))
  context.body = `work ${id} done`
})
app.listen(process.env.PORT)
