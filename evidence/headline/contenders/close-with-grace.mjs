// Its README: one function that closes the server, and then the rest; `delay` is its budget.
import { promisify } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { budget, closeStore, server, sleepByHand, start } from '../service.mjs'

closeWithGrace({ delay: budget }, async () => {
  await sleepByHand()
  await promisify(server.close.bind(server))()
  await closeStore()
})
await start()
