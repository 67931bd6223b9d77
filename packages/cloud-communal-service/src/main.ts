import { createGraceful } from '@cloud-communal/graceful'
import { createService, listen } from './service.js'

const { config, logger, server } = createService(process.env)

createGraceful(server, {
  ...(config.shutdownDelay === undefined ? {} : { shutdownDelay: config.shutdownDelay }),
  timeout: config.shutdownTimeout,
  admin: { port: config.adminPort },
  logger,
})

listen({ server, port: config.port, variable: 'PORT', logger })
