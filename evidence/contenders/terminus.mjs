// Its README, "How to set Terminus up with Kubernetes?": beforeShutdown sleeps, useExit0. The readiness check uses the state that terminus
// passes to health checks. `sendFailuresDuringShutdown` is off, so that liveness does not fail together with readiness.
import { setTimeout as sleep } from 'node:timers/promises'
import terminus from '@godaddy/terminus'
import { budget, createApplication, delay, hooks, start, stopJobs, attachWebSockets } from './application.mjs'

const server = createApplication()
attachWebSockets(server)
terminus.createTerminus(server, {
  healthChecks: {
    '/livez': async () => {},
    '/readyz': async ({ state }) => {
      if (state.isShuttingDown) throw new Error('shutting down')
    },
  },
  sendFailuresDuringShutdown: false,
  useExit0: true,
  timeout: budget - delay,
  beforeShutdown: () => Promise.all([sleep(delay), stopJobs()]),
  onSignal: () => Promise.all(hooks.map(({ run }) => run())),
})
await start(server)
