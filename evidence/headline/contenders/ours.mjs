// As its README shows it, with the delay fixed, so that it gets the same as everybody.
import { createGraceful } from '@cloud-communal/graceful'
import { budget, closeStore, delay, logger, server, start } from '../service.mjs'

const graceful = createGraceful(server, { shutdownDelay: delay, timeout: budget, admin: false, logger })
graceful.onShutdown('notices', closeStore)
await start()
