// Its README: a shutdown handler closes the server, and waits for its active requests ("Best practices"); others follow in order.
import { createLightship } from 'lightship'
import { budget, closeStore, delay, server, start } from '../service.mjs'

const lightship = await createLightship({
  detectKubernetes: false,
  port: 0,
  shutdownDelay: delay,
  gracefulShutdownTimeout: budget - delay,
  shutdownHandlerTimeout: budget - delay,
})
lightship.registerShutdownHandler(() => new Promise((resolve) => server.close(resolve)))
lightship.registerShutdownHandler(closeStore)
await start()
lightship.signalReady()
