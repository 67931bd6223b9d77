// As README.md shows it.
import { createGraceful } from '@cloud-communal/graceful'
import {
  budget,
  createApplication,
  delay,
  hooks,
  logger,
  onDrain,
  onWork,
  start,
  stopJobs,
  attachWebSockets,
} from './application.mjs'

const server = createApplication()
attachWebSockets(server)
const graceful = createGraceful(server, {
  shutdownDelay: delay,
  timeout: budget,
  admin: { port: 0, host: '127.0.0.1' },
  logger,
})
onDrain((end, request) => graceful.drainSignal(request).addEventListener('abort', end))
onWork((work) => graceful.waitUntil(work, 'work'))
graceful.onShutdown('jobs', stopJobs, { phase: 'signal' })
for (const [order, { name, phase, run }] of hooks.entries()) graceful.onShutdown(name, run, { order, phase })

await start(server, { admin: async () => graceful.adminListening })
