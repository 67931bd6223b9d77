import { createServer } from 'node:http'
import { openStore } from './notices/opening.js'
import { createService, listen } from './service.js'

// The naive twin: the same service without the library, to show what the load would have lost. Never deploy it.

const { config, logger, server, store } = createService(process.env)

const admin = createServer((request, response) => {
  // Probes that always pass, as where "/healthz" was added because the template had a line for it.
  const known = ['/livez', '/readyz', '/startupz'].includes((request.url ?? '').split('?')[0] ?? '')
  response
    .writeHead(known ? 200 : 404, { 'Content-Type': 'text/plain; charset=utf-8' })
    .end(known ? 'ok\n' : 'not found\n')
})

// What most services in the wild do, in effect: those without a handler die of SIGTERM at once, and those with one often
// exit in it. As PID 1 of a container a process without a handler is not even told, so the twin says it in a line.
process.on('SIGTERM', () => process.exit(0))

void openStore(store, logger, new AbortController().signal)
listen({ server: admin, port: config.adminPort, variable: 'ADMIN_PORT', logger })
listen({ server, port: config.port, variable: 'PORT', logger })
