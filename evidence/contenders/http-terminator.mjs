// Its README: terminate() in place of server.close(); it leaves the end of the process to the empty event loop.
import { createHttpTerminator } from 'http-terminator'
import { budgetAfterSleep, createApplication, sleepByHand, start, webSocketsOf } from './application.mjs'

const server = createApplication()
webSocketsOf(server)
const terminator = createHttpTerminator({ server, gracefulTerminationTimeout: budgetAfterSleep })
process.on('SIGTERM', async () => {
  await sleepByHand()
  await terminator.terminate()
})
await start(server)
