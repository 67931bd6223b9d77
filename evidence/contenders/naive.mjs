// A service that exits at SIGTERM. A process without a SIGTERM handler ends in the same way.
import { createApplication, start, attachWebSockets } from './application.mjs'

const server = createApplication()
attachWebSockets(server)
process.on('SIGTERM', () => process.exit(0))
await start(server)
