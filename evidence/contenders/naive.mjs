// What most services do, in effect.
import { start } from '../headline/service.mjs'

process.on('SIGTERM', () => process.exit(0))
await start()
