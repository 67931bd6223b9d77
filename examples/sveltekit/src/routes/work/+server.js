import { setTimeout as sleep } from 'node:timers/promises'

export async function GET({ url }) {
  const { id, ms } = Object.fromEntries(url.searchParams)
  await sleep(Number(ms))
  return new Response(`work ${id} done`)
}
