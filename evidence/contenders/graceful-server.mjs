// Its documentation: "If you use Kubernetes, enable the kubernetes mode". `timeout` is "the time to wait before shutting down the server",
// in which it serves. It has no time limit for the shutdown. It sets itself up with the `request` listeners that exist at the call.
import createGracefulServer from '@gquittet/graceful-server'
import { createApplication, delay, hooks, start, stopJobs, attachWebSockets } from './application.mjs'

const server = createApplication()
attachWebSockets(server)
const gracefulServer = createGracefulServer(server, {
  kubernetes: true,
  timeout: delay,
  closePromises: hooks.map(({ run }) => async () => {
    await stopJobs()
    await run()
  }),
})
gracefulServer.on(createGracefulServer.SHUTTING_DOWN, stopJobs)
await start(server)
gracefulServer.setReady()
