// Hono. The shutdown is that of "Node.js" in its documentation, with a pool to close.
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const pool = { end: () => sleep(200) }

const app = new Hono()
app.get('/work', async (context) => {
  const { id, ms } = context.req.query()
  await sleep(Number(ms))
  return context.text(`work ${id} done`)
})
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT) })

process.on('SIGTERM', () => {
  server.close(async (error) => {
    if (error) {
      console.error(error)
      process.exit(1)
    }
    await pool.end()
    console.log('clean-up finished')
    process.exit(0)
  })
})
