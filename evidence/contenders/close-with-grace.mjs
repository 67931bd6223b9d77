// Its README: one function closes the server and then everything else. `delay` is its time limit.
import { promisify } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { budget, createApplication, runHooks, sleepByHand, start, stopJobs, attachWebSockets } from './application.mjs'

const server = createApplication()
attachWebSockets(server)
closeWithGrace({ delay: budget }, async () => {
  const jobs = stopJobs()
  await sleepByHand()
  await promisify(server.close.bind(server))()
  await jobs
  await runHooks()
})
await start(server)
