// Its README: terminate() in place of server.close(); it leaves the end of the process to the empty event loop.
import { createHttpTerminator } from 'http-terminator'
import { budgetAfterSleep, closeStore, server, sleepByHand, start } from '../service.mjs'

const terminator = createHttpTerminator({ server, gracefulTerminationTimeout: budgetAfterSleep })
process.on('SIGTERM', async () => {
  await sleepByHand()
  await terminator.terminate()
  await closeStore()
})
await start()
