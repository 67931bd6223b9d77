// Its documentation: serve() handles SIGTERM. The time limit is in seconds. `toFetchHandler` runs a handler for Node's requests.
import { serve } from 'srvx'
import { toFetchHandler } from 'srvx/node'
import { budget, start } from './application.mjs'
import { attachWebSockets, configured, handler, protocol, tls } from './applications/plain.mjs'

const app = serve({
  fetch: toFetchHandler(handler),
  hostname: '127.0.0.1',
  port: 0,
  manual: true,
  silent: true,
  gracefulShutdown: { gracefulTimeout: budget / 1_000 },
  ...(tls ? { tls: { key: String(tls.key), cert: String(tls.cert) }, node: { http2: protocol === 'h2' } } : {}),
})
const { server } = app.node
configured(server)
attachWebSockets(server)
await start(server, { listen: () => app.serve() })
