// hapi. The shutdown is `server.stop()` of its documentation, with a pool to close in `onPostStop`.
import { setTimeout as sleep } from 'node:timers/promises'
import Hapi from '@hapi/hapi'

const pool = { end: () => sleep(200) }

const server = Hapi.server({ port: process.env.PORT })
server.route({
  method: 'GET',
  path: '/work',
  async handler(request) {
    const { id, ms } = request.query
    await sleep(Number(ms))
    return `work ${id} done`
  },
})
server.ext('onPostStop', async () => {
  await pool.end()
  console.log('clean-up finished')
})
await server.start()

process.on('SIGTERM', async () => {
  await server.stop({ timeout: 10_000 })
  process.exit(0)
})
