// Express 5. The shutdown is that of "Health Checks and Graceful Shutdown" in its documentation, with a pool to close and an exit.
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'

const pool = { end: () => sleep(200) }

const app = express()
app.get('/work', async (request, response) => {
  const { id, ms } = request.query
  await sleep(Number(ms))
  response.send(`work ${id} done`)
})
const server = app.listen(process.env.PORT)

process.on('SIGTERM', () => {
  server.close(async () => {
    await pool.end()
    console.log('clean-up finished')
    process.exit(0)
  })
})
