// Its README, "Best practices": a shutdown handler closes the server and waits for its active requests. Other handlers follow in order.
import { createLightship } from 'lightship'
import { budget, createApplication, delay, hooks, start, attachWebSockets } from './application.mjs'

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
await start(server, { admin: async () => lightship.server.address().port })
lightship.signalReady()
