// Its README: await terminate() in place of server.close(), then exit. terminate() does not reject, and returns after `maxWaitTimeout`.
import createTerminator from 'lil-http-terminator'
import { budgetAfterSleep, createApplication, runHooks, sleepByHand, start, attachWebSockets } from './application.mjs'

const server = createApplication()
attachWebSockets(server)
const terminator = createTerminator({
  server,
  gracefulTerminationTimeout: budgetAfterSleep,
  maxWaitTimeout: budgetAfterSleep,
})
process.on('SIGTERM', async () => {
  await sleepByHand()
  await terminator.terminate()
  await runHooks()
  process.exit(0)
})
await start(server)
