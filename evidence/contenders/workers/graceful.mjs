// Its README, "Hooks": a queue worker needs no server.
import { createGraceful } from '@cloud-communal/graceful'
import { budget, delay, hooks, logger, startJobs, stopJobs } from '../application.mjs'

const graceful = createGraceful({ shutdownDelay: delay, timeout: budget, admin: false, logger })
graceful.onShutdown('jobs', stopJobs, { phase: 'signal' })
for (const [order, { name, phase, run }] of hooks.entries()) graceful.onShutdown(name, run, { order, phase })
startJobs((work) => graceful.waitUntil(work, 'work'))
