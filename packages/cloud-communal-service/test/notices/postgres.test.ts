import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { postgresStore } from '../../src/notices/postgres.js'
import type { NoticeStore } from '../../src/notices/store.js'
import { createPostgres } from '../postgres.js'
import type { Postgres } from '../postgres.js'
import { keepsTheContract } from './contract.js'

const options = { applicationName: 'test', warn: () => {}, connections: 10 }
let postgres: Postgres

beforeAll(async () => {
  postgres = await createPostgres()
  await postgres.start()
})
afterAll(() => postgres.remove())

const nameOf = (url: string): string => new URL(url).pathname.slice(1)

const opened = async (url: string, warn: (message: string) => void = options.warn): Promise<NoticeStore> => {
  const store = postgresStore(url, { ...options, warn })
  onTestFinished(() => store.close())
  await store.open()
  return store
}

describe('PostgreSQL', () => {
  keepsTheContract(async () => postgresStore(await postgres.createDatabase(), options))

  it('shares its notices between pods', async () => {
    const url = await postgres.createDatabase()
    const [one, other] = [await opened(url), await opened(url)]
    const added = await one.add({ title: 't', body: 'b' }, 'r1')
    expect(await other.get(added.id)).toEqual(added)
    expect(one.place).toBe(`PostgreSQL ${nameOf(url)} at 127.0.0.1:${postgres.port}`)
  })

  it.each([
    ['a wrong password', (url: string) => url.replace(/:[^:@]+@/, ':wrong@'), /password authentication failed/],
    ['an unknown database', (url: string) => url.replace(/[^/]+$/, 'nope'), /database "nope" does not exist/],
  ])('fails permanently with %s', async (_, change, reason) => {
    const store = postgresStore(change(postgres.url()), options)
    await expect(store.open()).rejects.toMatchObject({
      name: 'StoreError',
      permanent: true,
      message: expect.stringMatching(reason) as string,
    })
    await store.close()
  })

  it('opens when the database becomes available, and reports until then that nothing was stored', async () => {
    const url = await postgres.createDatabase()
    await postgres.stop()
    const store = postgresStore(url, options)
    onTestFinished(() => store.close())
    const refusal = { name: 'StoreError', permanent: false, stored: 'no' }
    await expect(store.open()).rejects.toMatchObject({ ...refusal, message: expect.stringMatching(/ECONNREFUSED/) })
    await expect(store.check()).rejects.toMatchObject({ ...refusal, message: expect.stringMatching(/ECONNREFUSED/) })
    await expect(store.add({ title: 't', body: 'b' }, 'r1')).rejects.toMatchObject(refusal)
    await postgres.start()
    await expect(store.check()).rejects.toMatchObject(refusal)
    await store.open()
    await store.check()
    expect(await store.ofRequest('r1')).toEqual([])
  })

  it('survives a restart of the database between two requests, and logs it', async () => {
    const warnings: string[] = []
    const store = await opened(await postgres.createDatabase(), (message) => warnings.push(message))
    await store.add({ title: 't', body: 'before' }, 'r1')
    await postgres.stop()
    await expect(store.check()).rejects.toMatchObject({ name: 'StoreError', stored: 'no' })
    await postgres.start()
    await store.check()
    await store.add({ title: 't', body: 'after' }, 'r2')
    expect((await store.latest(9)).map(({ body }) => body)).toEqual(['after', 'before'])
    expect(warnings).toEqual([expect.stringMatching(/^PostgreSQL test_\d+ at .+: an idle connection broke: /)])
  })

  it('reports `unknown` for a notice whose response was lost, and finds it by its request id', async () => {
    const url = await postgres.createDatabase()
    const store = await opened(url)
    // The row is written, and the commit is in progress while this trigger sleeps.
    await postgres.query(
      `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON notices DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()`,
      nameOf(url),
    )
    const cut = store.add({ title: 't', body: 'b' }, 'cut').catch((error: unknown) => error)
    await waitUntil(postgres, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    await postgres.stop('immediate')
    expect(await cut).toMatchObject({ name: 'StoreError', stored: 'unknown' })
    await postgres.start()
    expect(await store.ofRequest('cut')).toEqual([])
  })

  it('lets the database cancel a slow statement, so that certainly nothing was stored', async () => {
    const url = await postgres.createDatabase()
    const store = await opened(url)
    const holding = postgres.query(
      'BEGIN; LOCK TABLE notices IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(7); COMMIT',
      nameOf(url),
    )
    await waitUntil(postgres, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    await expect(store.add({ title: 't', body: 'b' }, 'slow')).rejects.toMatchObject({
      name: 'StoreError',
      stored: 'no',
      message: expect.stringMatching(/canceling statement due to statement timeout/) as string,
    })
    await holding
    expect(await store.ofRequest('slow')).toEqual([])
  })

  it('waits for a database that hangs for a while, with more requests than connections', async () => {
    const store = await opened(await postgres.createDatabase())
    await store.add({ title: 't', body: 'b' }, 'before')
    await postgres.freeze(true)
    const adding = Promise.all(Array.from({ length: 50 }, () => store.add({ title: 't', body: 'b' }, 'meanwhile')))
    const outcome = adding.then((added) => added.length).catch((error: unknown) => error)
    await sleep(3_000)
    await postgres.freeze(false)
    expect(await outcome).toBe(50)
    expect(await store.ofRequest('meanwhile')).toHaveLength(50)
  })

  it('retries less and less often while connections are refused, and then reports that nothing was stored', async () => {
    let refused: number | undefined
    const proxy = createServer((client) => {
      if (refused !== undefined) {
        refused += 1
        client.destroy()
        return
      }
      const server = connect(postgres.port, '127.0.0.1')
      client.pipe(server).pipe(client)
      for (const socket of [client, server]) socket.on('error', () => {})
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    onTestFinished(() => void proxy.close())
    const url = new URL(await postgres.createDatabase())
    url.port = `${(proxy.address() as AddressInfo).port}`
    const store = await opened(url.href)
    refused = 0
    await expect(store.add({ title: 't', body: 'b' }, 'r1')).rejects.toMatchObject({ stored: 'no', permanent: false })
    // A retry every 100 ms would make 50 attempts; with growing pauses it is about ten.
    expect(refused).toBeGreaterThan(2)
    expect(refused).toBeLessThan(20)
  })

  it('reports `unknown` for a database that does not respond at all', async () => {
    const store = await opened(await postgres.createDatabase())
    await store.add({ title: 't', body: 'b' }, 'r1')
    await postgres.freeze(true)
    await expect(store.add({ title: 't', body: 'b' }, 'frozen')).rejects.toMatchObject({ stored: 'unknown' })
    await postgres.freeze(false)
    await store.check()
    // The statement was in the buffer of the socket, and the server executed it after it resumed.
    await expect.poll(() => store.ofRequest('frozen')).toHaveLength(1)
  })
})

const waitUntil = async (database: Postgres, sql: string): Promise<void> => {
  while ((await database.query(sql)).length === 0) await sleep(20)
}
