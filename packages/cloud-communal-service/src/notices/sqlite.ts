import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { CHARACTERS_IN_MEMORY, size } from './memory.js'
import { LIST_BYTES, StoreError } from './store.js'
import type { Notice, NoticeStore } from './store.js'

/**
 * The step that each version adds. The list only grows, and each step only adds, because an older version uses the same
 * file during a rollout and after an undo.
 */
const MIGRATIONS = [
  `CREATE TABLE notices (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     title TEXT NOT NULL,
     body TEXT NOT NULL,
     created_at TEXT NOT NULL,
     request_id TEXT NOT NULL
   ) STRICT;
   CREATE INDEX notices_request_id ON notices (request_id);`,
]

const COLUMNS = 'id, title, body, created_at AS createdAt'
/** Adds the size of each notice and of those before it, so that a list does not load more than it returns. */
const upToListBytes = (list: string, order: string): string =>
  `SELECT ${COLUMNS} FROM (
     SELECT *, sum(octet_length(title) + octet_length(body) + 200) OVER sized AS bytes, row_number() OVER sized AS place
     FROM (${list}) WINDOW sized AS (ORDER BY ${order})
   ) WHERE place = 1 OR bytes <= ${LIST_BYTES} ORDER BY ${order}`
const STORED = 'sequence, id, title, body, created_at'
const LATEST = upToListBytes(`SELECT ${STORED} FROM notices ORDER BY sequence DESC LIMIT ?`, 'sequence DESC')
const OF_REQUEST = upToListBytes(`SELECT ${STORED} FROM notices WHERE request_id = ?`, 'sequence')
/** How long a write waits for another process that writes to the same file, in ms. The wait blocks the event loop. */
const BUSY_MS = 2_000

/** SQLite's primary result codes of errors that retrying cannot fix: READONLY, CANTOPEN, AUTH, NOTADB. */
const PERMANENT = new Set([8, 14, 23, 26])

/**
 * Creates a store in Node's own SQLite, in a file or (`:memory:`) in the memory of this process. Every call is
 * synchronous, which is simple and enough for a sample. In memory the store has the same limit as `memoryStore`; a file
 * has no limit.
 */
export const sqliteStore = (
  file: string,
  { characters = file === ':memory:' ? CHARACTERS_IN_MEMORY : Infinity }: { characters?: number } = {},
): NoticeStore => {
  let database: DatabaseSync | undefined
  let held = 0

  const opened = (): DatabaseSync => {
    if (database === undefined) throw new StoreError('the SQLite database is not open')
    return database
  }
  /** Wraps errors. Each statement is a transaction, so an SQLite error means that nothing was stored. */
  const run = <T>(work: (db: DatabaseSync) => T): Promise<T> =>
    new Promise((resolve) => {
      const db = opened()
      try {
        resolve(work(db))
      } catch (error) {
        throw new StoreError(`SQLite: ${messageOf(error)}`, { cause: error })
      }
    })

  return {
    place: file === ':memory:' ? 'SQLite in the memory of this process' : `SQLite in ${file}`,
    open: async () => {
      if (database !== undefined) return
      const { DatabaseSync } = await sqlite()
      try {
        database = prepared(new DatabaseSync(file, { timeout: BUSY_MS }))
      } catch (error) {
        const permanent = PERMANENT.has(codeOf(error) & 0xff)
        throw new StoreError(`SQLite cannot use ${file}: ${messageOf(error)}`, { permanent, cause: error })
      }
    },
    check: () => run((db) => void db.prepare('SELECT 1 FROM notices LIMIT 1').get()),
    add: (draft, requestId) =>
      run((db) => {
        const notice = { id: randomUUID(), title: draft.title, body: draft.body, createdAt: new Date().toISOString() }
        db.prepare('INSERT INTO notices (id, title, body, created_at, request_id) VALUES (?, ?, ?, ?, ?)').run(
          notice.id,
          notice.title,
          notice.body,
          notice.createdAt,
          requestId,
        )
        held += size(notice)
        while (held > characters) {
          const oldest = db
            .prepare(`SELECT ${COLUMNS} FROM notices ORDER BY sequence LIMIT 1`)
            .get() as unknown as Notice
          if (oldest.id === notice.id) break
          db.prepare('DELETE FROM notices WHERE id = ?').run(oldest.id)
          held -= size(oldest)
        }
        return notice
      }),
    get: (id) => run((db) => db.prepare(`SELECT ${COLUMNS} FROM notices WHERE id = ?`).all(id).map(plain)[0]),
    latest: (limit) => run((db) => db.prepare(LATEST).all(limit).map(plain)),
    ofRequest: (requestId) => run((db) => db.prepare(OF_REQUEST).all(requestId).map(plain)),
    close: () => {
      database?.close()
      database = undefined
      return Promise.resolve()
    },
  }
}

/** Imports node:sqlite on demand, because a Node without it must still be able to use the other stores. */
const sqlite = async (): Promise<typeof import('node:sqlite')> => {
  try {
    return await import('node:sqlite')
  } catch (error) {
    throw new StoreError(
      `Node ${process.versions.node} has no node:sqlite; use Node 22.13 or later, or set DATABASE_URL to a PostgreSQL URL or to memory:`,
      { permanent: true, cause: error },
    )
  }
}

const prepared = (db: DatabaseSync): DatabaseSync => {
  try {
    // WAL: readers never wait for a writer. FULL: a notice that was answered with 201 survives a crash of the machine.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    // IMMEDIATE takes the write lock: of two processes that start with one file, the second waits and finds the tables
    // ready.
    db.exec('BEGIN IMMEDIATE')
    const { user_version: done } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    for (const step of MIGRATIONS.slice(done)) db.exec(step)
    // A later version may have set a higher number, which stays.
    db.exec(`PRAGMA user_version = ${Math.max(done, MIGRATIONS.length)}; COMMIT`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Copies a row, because node:sqlite returns objects without a prototype. */
const plain = (row: Record<string, unknown>): Notice => ({ ...row }) as unknown as Notice

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const codeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
