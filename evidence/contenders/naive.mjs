// A service that exits at SIGTERM. A process without a SIGTERM handler ends in the same way.
import { createApplication, start, webSocketsOf } from './application.mjs'

const server = createApplication()
webSocketsOf(server)
process.on('SIGTERM', () => process.exit(0))
await start(server)
