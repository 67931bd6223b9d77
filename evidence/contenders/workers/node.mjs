// Node alone: a SIGTERM listener stops the jobs, and then nothing keeps the process alive.
import { runHooks, startJobs, stopJobs } from '../application.mjs'

process.on('SIGTERM', () => void stopJobs().then(runHooks))
startJobs()
