// Its README, "Advanced Options Example": preShutdown, while "all HTTP sockets are available and untouched", is where it can wait.
import { setTimeout as sleep } from 'node:timers/promises'
import gracefulShutdown from 'http-graceful-shutdown'
import { budget, closeStore, delay, server, start } from '../service.mjs'

gracefulShutdown(server, { timeout: budget - delay, preShutdown: () => sleep(delay), onShutdown: closeStore })
await start()
