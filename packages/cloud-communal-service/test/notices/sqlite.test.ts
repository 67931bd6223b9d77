import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sqliteStore } from '../../src/notices/sqlite.js'
import { createStore } from '../../src/notices/stores.js'
import { deletesTheOldest, keepsTheContract } from './contract.js'

const file = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'notices-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'notices.db')
}
const options = { applicationName: 'test', warn: () => {}, connections: 10 }

describe('SQLite in memory', () => {
  keepsTheContract(() => createStore('sqlite::memory:', options))
  deletesTheOldest((characters) => sqliteStore(':memory:', { characters }))
})

describe('SQLite in a file', () => {
  keepsTheContract(() => createStore(`sqlite:${file()}`, options))

  it('keeps its notices when it is opened again, and leaves one file when it is closed', async () => {
    const path = file()
    const before = createStore(`sqlite://${path}`, options)
    await before.open()
    const added = await before.add({ title: 't', body: 'b' }, 'r1')
    await before.close()
    expect(readdirSync(join(path, '..'))).toEqual(['notices.db'])
    const after = createStore(`sqlite:${path}`, options)
    await after.open()
    expect(await after.ofRequest('r1')).toEqual([added])
    await after.close()
  })

  it('supports two stores that open at once and both write', async () => {
    const path = file()
    const stores = [sqliteStore(path), sqliteStore(path)]
    await Promise.all(stores.map((store) => store.open()))
    await Promise.all(
      stores.flatMap((store, at) => [1, 2, 3].map((n) => store.add({ title: `${at}.${n}`, body: 'b' }, 'r'))),
    )
    expect(await stores[0]?.ofRequest('r')).toHaveLength(6)
    for (const store of stores) await store.close()
  })

  it('works with tables that a later version has extended', async () => {
    const path = file()
    const first = sqliteStore(path)
    await first.open()
    await first.close()
    const later = new DatabaseSync(path)
    later.exec("ALTER TABLE notices ADD COLUMN colour TEXT NOT NULL DEFAULT 'white'; PRAGMA user_version = 7")
    const older = sqliteStore(path)
    await older.open()
    const added = await older.add({ title: 't', body: 'b' }, 'r')
    expect(await older.latest(1)).toEqual([added])
    await older.close()
    expect(later.prepare('PRAGMA user_version').get()).toEqual({ user_version: 7 })
    later.close()
  })

  it.each([
    ['a missing folder', () => '/nowhere/notices.db', /^SQLite cannot use \/nowhere\/notices\.db: .+/],
    [
      'a file that is not a database',
      () => {
        const path = file()
        writeFileSync(path, 'not a database, but long enough to be looked at as if it were one'.repeat(20))
        return path
      },
      /: file is not a database$/,
    ],
  ])('fails permanently with %s', async (_, path, reason) => {
    await expect(sqliteStore(path()).open()).rejects.toMatchObject({
      name: 'StoreError',
      permanent: true,
      message: expect.stringMatching(reason) as string,
    })
  })

  it('reports that nothing was stored when the file is locked', async () => {
    const path = file()
    const store = sqliteStore(path)
    await store.open()
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    await expect(store.add({ title: 't', body: 'b' }, 'r')).rejects.toMatchObject({
      name: 'StoreError',
      stored: 'no',
      message: 'SQLite: database is locked',
    })
    other.exec('COMMIT')
    expect(await store.ofRequest('r')).toEqual([])
    other.close()
    await store.close()
  })

  it('rejects calls before it is open and after it is closed', async () => {
    const store = sqliteStore(':memory:')
    await expect(store.check()).rejects.toThrow('the SQLite database is not open')
    await store.open()
    await store.close()
    await expect(store.latest(1)).rejects.toThrow('the SQLite database is not open')
  })
})
