// Its README: one function that closes the server, and then the rest; `delay` is its budget.
import { promisify } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { budget, createApplication, hooks, sleepByHand, start, webSocketsOf } from './application.mjs'

const server = createApplication()
webSocketsOf(server)
closeWithGrace({ delay: budget }, async () => {
  await sleepByHand()
  await promisify(server.close.bind(server))()
  for (const { run } of hooks) await run()
})
await start(server)
