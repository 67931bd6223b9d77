// What the documentation of Node and Express shows: server.close() on SIGTERM.
import { createApplication, sleepByHand, start, webSocketsOf } from './application.mjs'

const server = createApplication()
webSocketsOf(server)
process.on('SIGTERM', async () => {
  await sleepByHand()
  server.close()
})
await start(server)
