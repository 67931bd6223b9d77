// What the documentation of Node and Express shows: server.close() on SIGTERM.
import { closeStore, server, sleepByHand, start } from '../service.mjs'

process.on('SIGTERM', async () => {
  await sleepByHand()
  server.close(closeStore)
})
await start()
