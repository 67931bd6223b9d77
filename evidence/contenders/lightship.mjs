// Its README, "Best practices": a shutdown handler closes the server and waits for its active requests. Other handlers follow in order.
// "Beacons": shutdown handlers wait for the jobs of a queue and other work, and the queue asks isServerShuttingDown() before each job.
import { createLightship } from 'lightship'
import { budget, createApplication, delay, hooks, onWork, start, attachWebSockets } from './application.mjs'

const server = createApplication()
attachWebSockets(server)
const lightship = await createLightship({
  detectKubernetes: false,
  port: 0,
  shutdownDelay: delay,
  gracefulShutdownTimeout: budget - delay,
  shutdownHandlerTimeout: budget - delay,
})
lightship.registerShutdownHandler(() => new Promise((resolve) => server.close(resolve)))
for (const { run } of hooks) lightship.registerShutdownHandler(run)
onWork(async (work) => {
  const beacon = lightship.createBeacon()
  await work
  await beacon.die()
})
const jobs = lightship.createBeacon()
await start(server, {
  admin: async () => lightship.server.address().port,
  isStopped: () => lightship.isServerShuttingDown(),
  onJobsEnd: () => jobs.die(),
})
lightship.signalReady()
