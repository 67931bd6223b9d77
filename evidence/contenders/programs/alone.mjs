// A service without a line of code for its shutdown. With a preload, its probes are on the port in `GRACEFUL_ADMIN_PORT`.
import { attachWebSockets, createApplication, listenHelper, start } from '../application.mjs'

const { PORT, GRACEFUL_ADMIN_PORT } = process.env
const server = createApplication()
attachWebSockets(server)
if (process.env.HELPER) {
  process.stdout.write(`${JSON.stringify({ started: true, admin: Number(GRACEFUL_ADMIN_PORT) })}\n`)
  await listenHelper()
}
await start(server, {
  listen: () => new Promise((resolve) => void server.listen(Number(PORT), resolve)),
  admin: async () => Number(GRACEFUL_ADMIN_PORT),
})
