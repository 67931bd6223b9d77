// Its README: decorate the server with a grace period, and call stop() in place of close(). The callback's second argument says whether
// all connections ended in time.
import stoppable from 'stoppable'
import { budgetAfterSleep, createApplication, runHooks, sleepByHand, start, attachWebSockets } from './application.mjs'

const server = stoppable(createApplication(), budgetAfterSleep)
attachWebSockets(server)
process.on('SIGTERM', async () => {
  await sleepByHand()
  server.stop(async (error, gracefully) => {
    await runHooks()
    process.exit(gracefully ? 0 : 1)
  })
})
await start(server)
