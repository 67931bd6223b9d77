import { setTimeout as sleep } from 'node:timers/promises'
import { after } from 'next/server'

export async function GET(request) {
  const { id, ms } = Object.fromEntries(request.nextUrl.searchParams)
  await sleep(Number(ms))
  after(async () => {
    await sleep(200)
    console.log(`after ${id}`)
  })
  return new Response(`work ${id} done`)
}
