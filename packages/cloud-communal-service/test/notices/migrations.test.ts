import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { MIGRATIONS } from '../../src/notices/postgres/migrations.js'
import type { Migration } from '../../src/notices/postgres/migrations.js'
import { postgresStore } from '../../src/notices/postgres.js'
import type { NoticeStore } from '../../src/notices/store.js'
import { createPostgres } from '../postgres.js'
import type { Postgres } from '../postgres.js'

let postgres: Postgres

beforeAll(async () => {
  postgres = await createPostgres()
  await postgres.start()
})
afterAll(() => postgres.remove())

const storeAt = (url: string, migrations: readonly Migration[]): NoticeStore => {
  const store = postgresStore(url, { applicationName: 'test', warn: () => {}, connections: 10, migrations })
  onTestFinished(() => store.close())
  return store
}
const nameOf = (url: string): string => new URL(url).pathname.slice(1)
/** A step of the next version: a new column with a default, and an index on it. */
const NEXT: Migration = {
  name: '9999 next',
  sql: `ALTER TABLE notices ADD COLUMN colour text NOT NULL DEFAULT 'white'; CREATE INDEX notices_colour ON notices (colour)`,
}
const done = async (url: string): Promise<string[]> => {
  const rows = await postgres.query<{ name: string }>('SELECT name FROM migrations ORDER BY name', nameOf(url))
  return rows.map(({ name }) => name)
}
const names = (migrations: readonly Migration[]): string[] => migrations.map(({ name }) => name)

describe('the migrations of PostgreSQL', () => {
  it('run once, even if many pods start at the same moment', async () => {
    const url = await postgres.createDatabase()
    const counted: Migration = { name: '0000 count', sql: 'CREATE SEQUENCE runs' }
    const counting: Migration = { name: '9998 counted', sql: "SELECT nextval('runs')" }
    const stores = Array.from({ length: 8 }, () => storeAt(url, [counted, ...MIGRATIONS, counting]))
    await Promise.all(stores.map((store) => store.open()))
    expect(await done(url)).toEqual(names([counted, ...MIGRATIONS, counting]))
    expect(await postgres.query("SELECT nextval('runs')::int AS next", nameOf(url))).toEqual([{ next: 2 }])
    await Promise.all(stores.map((store) => store.add({ title: 't', body: 'b' }, 'r')))
    expect(await stores[0]?.ofRequest('r')).toHaveLength(8)
  })

  it('let the old version read and write during and after a migration, and restart after it', async () => {
    const url = await postgres.createDatabase()
    const older = storeAt(url, MIGRATIONS)
    await older.open()
    const written: string[] = []
    const migrated = new AbortController()
    const writing = (async () => {
      for (let count = 0; !migrated.signal.aborted || count < 200; count += 1) {
        const { id } = await older.add({ title: `${count}`, body: 'b' }, 'old')
        written.push(id)
        expect((await older.latest(1)).length).toBe(1)
      }
    })()
    const newer = storeAt(url, [...MIGRATIONS, NEXT])
    await newer.open()
    migrated.abort()
    await writing
    expect((await newer.ofRequest('old')).map(({ id }) => id)).toEqual(written)
    // After an undo, or when the kubelet restarts an old pod.
    const again = storeAt(url, MIGRATIONS)
    await again.open()
    const added = await again.add({ title: 't', body: 'b' }, 'undo')
    expect(await newer.get(added.id)).toEqual(added)
    expect(await done(url)).toEqual(names([...MIGRATIONS, NEXT]))
  })

  it('leave nothing of a step that fails, and continue from there', async () => {
    const url = await postgres.createDatabase()
    const broken = { name: NEXT.name, sql: `${NEXT.sql}; SELECT 1 / 0` }
    await expect(storeAt(url, [...MIGRATIONS, broken]).open()).rejects.toThrow(/division by zero/)
    expect(await done(url)).toEqual(names(MIGRATIONS))
    await storeAt(url, [...MIGRATIONS, NEXT]).open()
    expect(await done(url)).toEqual(names([...MIGRATIONS, NEXT]))
  })

  it('are not blocked by a process that died during a step', async () => {
    const url = await postgres.createDatabase()
    const sleeping = { name: NEXT.name, sql: `${NEXT.sql}; SELECT pg_sleep(60)` }
    const dying = storeAt(url, [...MIGRATIONS, sleeping])
      .open()
      .catch((error: unknown) => error)
    const second = storeAt(url, [...MIGRATIONS, NEXT])
    const asleep = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    await expect.poll(() => postgres.query(`SELECT 1 ${asleep}`)).toHaveLength(1)
    const opening = second.open()
    await postgres.query(`SELECT pg_terminate_backend(pid) ${asleep}`)
    await opening
    expect(await dying).toMatchObject({ name: 'StoreError', permanent: false })
    expect(await done(url)).toEqual(names([...MIGRATIONS, NEXT]))
  })

  it('give up a lock that they wait for, so that other queries do not wait behind them', async () => {
    const url = await postgres.createDatabase()
    const older = storeAt(url, MIGRATIONS)
    await older.open()
    const reading = postgres.query('BEGIN; SELECT count(*) FROM notices; SELECT pg_sleep(5); COMMIT', nameOf(url))
    await expect
      .poll(() => postgres.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
      .toHaveLength(1)
    const newer = storeAt(url, [...MIGRATIONS, NEXT])
    await expect(newer.open()).rejects.toMatchObject({
      name: 'StoreError',
      permanent: false,
      message: expect.stringMatching(/canceling statement due to lock timeout/) as string,
    })
    await older.add({ title: 't', body: 'b' }, 'meanwhile')
    await reading
    await newer.open()
    expect(await newer.ofRequest('meanwhile')).toHaveLength(1)
  })
})
