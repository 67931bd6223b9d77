// As README.md shows it.
import { setTimeout as sleep } from 'node:timers/promises'
import { createGraceful } from '@cloud-communal/graceful'
import { budget, createApplication, delay, hooks, start, print, tellOfDrain, webSocketsOf } from './application.mjs'

const server = createApplication()
const log = (level) => (fields, message) => print({ level, message, ...fields })
const graceful = createGraceful(server, {
  shutdownDelay: delay,
  timeout: budget,
  webSocketServers: webSocketsOf(server),
  admin: { port: 0, host: '127.0.0.1' },
  logger: { info: log('info'), warn: log('warn'), error: log('error') },
})
tellOfDrain((end, request) => graceful.drainSignal(request).addEventListener('abort', end))
for (const [order, { name, run }] of hooks.entries()) graceful.onShutdown(name, run, { order })

const admin = async () => {
  while (graceful.adminPort === undefined) await sleep(5)
  return graceful.adminPort
}
await start(server, { admin })
