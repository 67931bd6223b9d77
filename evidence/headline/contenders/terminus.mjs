// Its README, "How to set Terminus up with Kubernetes?": beforeShutdown sleeps, useExit0.
import { setTimeout as sleep } from 'node:timers/promises'
import terminus from '@godaddy/terminus'
import { budget, closeStore, delay, server, start } from '../service.mjs'

terminus.createTerminus(server, {
  healthChecks: { '/livez': async () => {} },
  useExit0: true,
  timeout: budget - delay,
  beforeShutdown: () => sleep(delay),
  onSignal: closeStore,
})
await start()
