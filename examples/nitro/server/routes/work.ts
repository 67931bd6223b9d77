import { setTimeout as sleep } from 'node:timers/promises'

export default defineEventHandler(async (event) => {
  const { id, ms } = getQuery(event)
  await sleep(Number(ms))
  return `work ${id} done`
})
