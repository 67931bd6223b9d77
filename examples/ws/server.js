// ws. The shutdown is `close()` of its documentation, which leaves it to the application to close the connections.
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'

const pool = { end: () => sleep(200) }

const server = new WebSocketServer({ port: Number(process.env.PORT) })
server.on('connection', (socket) => {
  socket.on('error', console.error)
  socket.on('message', async (data) => {
    const { id, ms } = JSON.parse(data)
    await sleep(ms)
    socket.send(`work ${id} done`)
  })
})

process.on('SIGTERM', () => {
  server.close(async () => {
    await pool.end()
    console.log('clean-up finished')
  })
  for (const socket of server.clients) socket.close(1001)
})
