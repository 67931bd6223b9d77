// Its README, "Beacons": shutdown handlers wait for the jobs of a queue and other work, and the queue asks isServerShuttingDown() before
// each job.
import { createLightship } from 'lightship'
import { budget, delay, hooks, startJobs } from '../application.mjs'

const lightship = await createLightship({
  detectKubernetes: false,
  port: 0,
  shutdownDelay: delay,
  gracefulShutdownTimeout: budget - delay,
  shutdownHandlerTimeout: budget - delay,
})
for (const { run } of hooks) lightship.registerShutdownHandler(run)
const jobs = lightship.createBeacon()
startJobs(
  async (work) => {
    const beacon = lightship.createBeacon()
    await work
    await beacon.die()
  },
  { isStopped: () => lightship.isServerShuttingDown(), onJobsEnd: () => jobs.die() },
)
lightship.signalReady()
