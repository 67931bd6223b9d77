// Fastify. The shutdown is that of `fastify generate` and of the README of close-with-grace.
import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import Fastify from 'fastify'

const pool = { end: () => sleep(200) }

const app = Fastify()
app.get('/work', async (request) => {
  const { id, ms } = request.query
  await sleep(Number(ms))
  return `work ${id} done`
})
app.addHook('onClose', async () => {
  await pool.end()
  console.log('clean-up finished')
})

closeWithGrace({ delay: 10_000 }, async ({ err }) => {
  if (err) app.log.error(err)
  await app.close()
})

await app.listen({ port: Number(process.env.PORT) })
