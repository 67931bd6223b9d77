// SvelteKit with its Node adapter, whose server has a SIGTERM handler of its own. The clean-up is that of "Graceful shutdown" in its
// documentation.
import { setTimeout as sleep } from 'node:timers/promises'

const pool = { end: () => sleep(200) }

process.on('sveltekit:shutdown', async () => {
  await pool.end()
  console.log('clean-up finished')
})
