// Its README: decorate the server with a grace, call stop() instead of close(); its callback is told whether it stopped gracefully.
import stoppable from 'stoppable'
import { budgetAfterSleep, closeStore, server, sleepByHand, start } from '../service.mjs'

const stopping = stoppable(server, budgetAfterSleep)
process.on('SIGTERM', async () => {
  await sleepByHand()
  stopping.stop(async (error, gracefully) => {
    await closeStore()
    process.exit(gracefully ? 0 : 1)
  })
})
await start()
