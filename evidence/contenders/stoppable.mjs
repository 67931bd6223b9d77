// Its README: decorate the server with a grace period, and call stop() in place of close(). The callback's second argument says whether
// all connections ended in time.
import stoppable from 'stoppable'
import { budgetAfterSleep, createApplication, runHooks, sleepByHand, start, webSocketsOf } from './application.mjs'

const server = stoppable(createApplication(), budgetAfterSleep)
webSocketsOf(server)
process.on('SIGTERM', async () => {
  await sleepByHand()
  server.stop(async (error, gracefully) => {
    await runHooks()
    process.exit(gracefully ? 0 : 1)
  })
})
await start(server)
