// Its README: call terminate() in place of server.close(). The process ends when its event loop is empty.
import { createHttpTerminator } from 'http-terminator'
import { budgetAfterSleep, createApplication, runHooks, sleepByHand, start, attachWebSockets } from './application.mjs'

const server = createApplication()
attachWebSockets(server)
const terminator = createHttpTerminator({ server, gracefulTerminationTimeout: budgetAfterSleep })
process.on('SIGTERM', async () => {
  await sleepByHand()
  await terminator.terminate()
  await runHooks()
})
await start(server)
