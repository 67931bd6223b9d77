import { setTimeout as sleep } from 'node:timers/promises'

const pool = { end: () => sleep(200) }

export default defineNitroPlugin((app) => {
  app.hooks.hook('close', async () => {
    await pool.end()
    console.log('clean-up finished')
  })
})
