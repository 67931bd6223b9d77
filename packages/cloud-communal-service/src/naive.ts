import { createServer } from 'node:http'
import { openStore } from './notices/opening.js'
import { createService, listen } from './service.js'

// The naive twin: the same service without the library. It shows which requests the same load drops. Do not deploy it.

const { config, logger, server, store } = createService(process.env)

const admin = createServer((request, response) => {
  // The probes always pass, as in services that added a health endpoint only because a template had one.
  const known = ['/livez', '/readyz', '/startupz'].includes((request.url ?? '').split('?')[0] ?? '')
  response
    .writeHead(known ? 200 : 404, { 'Content-Type': 'text/plain; charset=utf-8' })
    .end(known ? 'ok\n' : 'not found\n')
})

// Most services behave like this: without a handler they die at SIGTERM, and with one they often exit in it. The twin
// needs a handler, because as PID 1 of a container a process without one ignores SIGTERM.
process.on('SIGTERM', () => process.exit(0))

void openStore(store, logger, new AbortController().signal)
listen({ server: admin, port: config.adminPort, host: config.adminHost, variable: 'ADMIN_PORT', logger })
listen({ server, port: config.port, variable: 'PORT', logger })
