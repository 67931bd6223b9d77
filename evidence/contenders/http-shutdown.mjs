// Its README: wrap the server, and call shutdown() in place of close(). The process ends when its event loop is empty.
import withShutdown from 'http-shutdown'
import { createApplication, runHooks, sleepByHand, start, attachWebSockets } from './application.mjs'

const server = withShutdown(createApplication())
attachWebSockets(server)
process.on('SIGTERM', async () => {
  await sleepByHand()
  server.shutdown(runHooks)
})
await start(server)
