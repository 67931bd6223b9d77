import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { createApp } from './app.js'
import { ConfigError, loadConfig } from './config.js'
import type { Config } from './config.js'
import { createLogger } from './logger.js'
import type { Logger } from './logger.js'
import { answerMalformed } from './malformed.js'
import { createStore } from './notices/stores.js'
import type { NoticeStore } from './notices/store.js'
import { echoRoute } from './routes/echo.js'

export interface Service {
  config: Config
  logger: Logger
  /** Not listening yet. */
  server: Server
  /** Not open yet. */
  store: NoticeStore
}

/**
 * Creates everything except the shutdown, for the service and its naive twin. Exits with 2 if the environment is
 * invalid.
 */
export const createService = (env: NodeJS.ProcessEnv): Service => {
  const config = loadConfigOrExit(env)
  const logger = createLogger(config)
  const store = createStore(config.databaseUrl, {
    applicationName: `cloud-communal-service ${config.pod}`,
    warn: (message) => logger.warn(message),
    connections: config.databaseConnections,
  })
  const app = createApp({ version: config.version, pod: config.pod, logger, notices: store })
  const server = createServer(app)
  answerMalformed(server, { version: config.version, pod: config.pod, logger })
  echoRoute(server, { version: config.version, pod: config.pod }, logger)
  return { config, logger, server, store }
}

const loadConfigOrExit = (env: NodeJS.ProcessEnv): Config => {
  try {
    return loadConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    return process.exit(2)
  }
}

/**
 * Listens on the port, and logs it with the name of its variable. Exits with 1 if the port is not available, because a
 * service that clients cannot reach should restart.
 */
export const listen = ({ server, port, host, variable, logger }: Listening): void => {
  server.once('error', (error) => {
    logger.fatal({ err: error, port }, `cannot listen on port ${port} (${variable}): ${error.message}`)
    process.exit(1)
  })
  server.listen(port, host, () => {
    const address = server.address()
    const actual = typeof address === 'object' && address ? address.port : port
    logger.info({ port: actual }, `listening on port ${actual} (${variable})`)
  })
}

interface Listening {
  server: Server
  port: number
  /** Default: every address. */
  host?: string | undefined
  variable: 'PORT' | 'ADMIN_PORT'
  logger: Logger
}
