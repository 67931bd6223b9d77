// Express 4. The shutdown is that of "Health Checks and Graceful Shutdown" in its documentation, with a pool to close.
const { setTimeout: sleep } = require('node:timers/promises')
const express = require('express')

const pool = { end: () => sleep(200) }

const app = express()
app.get('/work', (request, response) => {
  const { id, ms } = request.query
  setTimeout(() => response.send(`work ${id} done`), Number(ms))
})
const server = app.listen(process.env.PORT)

process.on('SIGTERM', () => {
  server.close(async () => {
    await pool.end()
    console.log('clean-up finished')
  })
})
