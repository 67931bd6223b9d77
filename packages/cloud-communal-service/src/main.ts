import { createGraceful } from '@cloud-communal/graceful'
import { openStore } from './notices/opening.js'
import { createService, listen } from './service.js'

const { config, logger, server, store } = createService(process.env)

const graceful = createGraceful(server, {
  ...(config.shutdownDelay === undefined ? {} : { shutdownDelay: config.shutdownDelay }),
  timeout: config.shutdownTimeout,
  admin: { port: config.adminPort, ...(config.adminHost === undefined ? {} : { host: config.adminHost }) },
  logger,
})

// Without its probes the kubelet would restart the pod, or keep it out of the endpoints. The library has logged the error.
graceful.adminListening.catch(() => process.exit(1))

const closing = new AbortController()
graceful.addReadinessCheck('notices', () => store.check())
// Hooks run after the last connection has closed. By then, a notice that was in progress at the signal is committed, unless the
// library had to cut its request.
graceful.onShutdown(
  'notices',
  async () => {
    closing.abort()
    await store.close()
  },
  { order: 10, timeout: 5_000 },
)

void openStore(store, logger, closing.signal)
listen({ server, port: config.port, variable: 'PORT', logger })
