// Its README, "Advanced Options Example": preShutdown runs while "all HTTP sockets are available and untouched", so it can wait there.
import { setTimeout as sleep } from 'node:timers/promises'
import gracefulShutdown from 'http-graceful-shutdown'
import { budget, createApplication, delay, runHooks, start, stopJobs, attachWebSockets } from './application.mjs'

const server = createApplication()
attachWebSockets(server)
gracefulShutdown(server, {
  timeout: budget - delay,
  preShutdown: () => Promise.all([sleep(delay), stopJobs()]),
  onShutdown: runHooks,
})
await start(server)
