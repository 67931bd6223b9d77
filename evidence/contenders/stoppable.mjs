// Its README: decorate the server with a grace, call stop() instead of close(); its callback is told whether it
// stopped gracefully.
import stoppable from 'stoppable'
import { budgetAfterSleep, createApplication, sleepByHand, start, webSocketsOf } from './application.mjs'

const server = stoppable(createApplication(), budgetAfterSleep)
webSocketsOf(server)
process.on('SIGTERM', async () => {
  await sleepByHand()
  server.stop((error, gracefully) => process.exit(gracefully ? 0 : 1))
})
await start(server)
