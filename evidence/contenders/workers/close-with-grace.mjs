// Its README: one function closes everything. `delay` is its time limit.
import closeWithGrace from 'close-with-grace'
import { budget, runHooks, startJobs, stopJobs } from '../application.mjs'

closeWithGrace({ delay: budget }, async () => {
  await stopJobs()
  await runHooks()
})
startJobs()
