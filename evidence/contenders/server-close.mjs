// The documentation of Node and Express: call server.close() on SIGTERM. The callback runs the application's cleanup.
import { createApplication, runHooks, sleepByHand, start, webSocketsOf } from './application.mjs'

const server = createApplication()
webSocketsOf(server)
process.on('SIGTERM', async () => {
  await sleepByHand()
  server.close(runHooks)
})
await start(server)
