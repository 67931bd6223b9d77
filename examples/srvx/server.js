// srvx, the server of Nitro 3 and h3. It has a SIGTERM handler of its own (`gracefulShutdown`).
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from 'srvx'

serve({
  port: process.env.PORT,
  gracefulShutdown: true,
  async fetch(request) {
    const { id, ms } = Object.fromEntries(new URL(request.url).searchParams)
    await sleep(Number(ms))
    return new Response(`work ${id} done`)
  },
})
