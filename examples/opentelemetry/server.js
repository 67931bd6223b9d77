import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'

const app = express()
app.get('/work', async (request, response) => {
  const { id, ms } = request.query
  await sleep(Number(ms))
  response.send(`work ${id} done`)
})
app.listen(process.env.PORT)
