import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { postgresStore } from '../../src/notices/postgres.js'
import type { NoticeStore } from '../../src/notices/store.js'
import { createPostgres } from '../postgres.js'
import type { Postgres } from '../postgres.js'

/** The tests connect as superuser, who may use every connection. */
const MAX_CONNECTIONS = 6
let postgres: Postgres

beforeAll(async () => {
  postgres = await createPostgres({ connections: MAX_CONNECTIONS })
  await postgres.start()
})
afterAll(() => postgres.remove())

const opened = async (url: string, connections: number): Promise<NoticeStore> => {
  const store = postgresStore(url, { applicationName: 'crowd', warn: () => {}, connections })
  onTestFinished(() => store.close())
  await store.open()
  return store
}

/** Opens every connection that the database has left. */
const crowd = async (url: string): Promise<Client[]> => {
  const taken: Client[] = []
  onTestFinished(async () => void (await Promise.all(taken.map((client) => client.end()))))
  for (let refused = false; !refused;) {
    const client = new Client({ connectionString: url })
    try {
      // oxlint-disable-next-line no-await-in-loop -- until the database refuses one
      await client.connect()
      taken.push(client)
    } catch (error) {
      expect(error).toMatchObject({ code: '53300' })
      refused = true
    }
  }
  expect(taken.length).toBeGreaterThan(0)
  return taken
}

describe('PostgreSQL with no connection left', () => {
  it('lets a request wait for one, because no statement has been sent yet', async () => {
    const url = await postgres.createDatabase()
    const store = await opened(url, 2)
    const [first] = await crowd(url)
    const adding = store.add({ title: 't', body: 'b' }, 'waits')
    await sleep(300)
    await first?.end()
    const added = await adding
    expect(await store.ofRequest('waits')).toEqual([added])
  })

  it('stops waiting after a while, and reports that nothing was stored', async () => {
    const url = await postgres.createDatabase()
    const store = await opened(url, 2)
    const taken = await crowd(url)
    await expect(store.add({ title: 't', body: 'b' }, 'refused')).rejects.toMatchObject({
      name: 'StoreError',
      stored: 'no',
      permanent: false,
      message: expect.stringMatching(/too many clients already/) as string,
    })
    await taken[0]?.end()
    expect(await store.ofRequest('refused')).toEqual([])
  })

  it('uses no more connections than configured, for any number of requests', async () => {
    const url = await postgres.createDatabase()
    const store = await opened(url, 2)
    const added = await Promise.all(
      Array.from({ length: 50 }, (_, index) => store.add({ title: `${index}`, body: 'b' }, 'many')),
    )
    const [count] = await postgres.query("SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'crowd'")
    expect(count).toEqual({ count: 2 })
    expect(await store.ofRequest('many')).toHaveLength(added.length)
  })
})
