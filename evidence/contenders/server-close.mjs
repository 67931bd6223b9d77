// The documentation of Node and Express: call server.close() on SIGTERM. The callback runs the application's cleanup.
import { createApplication, runHooks, sleepByHand, start, attachWebSockets } from './application.mjs'

const server = createApplication()
attachWebSockets(server)
process.on('SIGTERM', async () => {
  await sleepByHand()
  server.close(runHooks)
})
await start(server)
