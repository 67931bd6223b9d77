// Socket.IO. The shutdown is `io.close()` of its documentation, with a pool to close.
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Server } from 'socket.io'

const pool = { end: () => sleep(200) }

const httpServer = createServer()
const io = new Server(httpServer)
io.on('connection', (socket) => {
  socket.on('work', async (id, ms, callback) => {
    await sleep(ms)
    callback(`work ${id} done`)
  })
})
httpServer.listen(process.env.PORT)

process.on('SIGTERM', () => {
  io.close(async () => {
    await pool.end()
    console.log('clean-up finished')
  })
})
