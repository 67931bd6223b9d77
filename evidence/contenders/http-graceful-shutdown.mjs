// Its README, "Advanced Options Example": preShutdown, while "all HTTP sockets are available and untouched", is where it can wait.
import { setTimeout as sleep } from 'node:timers/promises'
import gracefulShutdown from 'http-graceful-shutdown'
import { budget, createApplication, delay, hooks, start, webSocketsOf } from './application.mjs'

const server = createApplication()
webSocketsOf(server)
gracefulShutdown(server, {
  timeout: budget - delay,
  preShutdown: () => sleep(delay),
  onShutdown: async () => {
    for (const { run } of hooks) await run()
  },
})
await start(server)
