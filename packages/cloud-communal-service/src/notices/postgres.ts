import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Pool } from 'pg'
import type { PoolClient, QueryResultRow } from 'pg'
import { failed, unreachable } from './postgres/failure.js'
import { migrate } from './postgres/migrate.js'
import { MIGRATIONS } from './postgres/migrations.js'
import type { Migration } from './postgres/migrations.js'
import { StoreError } from './store.js'
import type { Notice, NoticeStore } from './store.js'
import type { StoreOptions } from './stores.js'

/**
 * How long a request waits for a connection, in ms. Within that time a try that was refused is followed by another: nothing has been
 * asked of the database yet, so that is safe. It lets a request wait for a database that restarts or stands still, or whose
 * connections are all taken for the moment, as while two versions run. With its statement a request takes 11 s at most: less than a
 * drain.
 */
const CONNECT_MS = 5_000
/** The pause before a second try, in ms. It doubles, up to the longest, so that pods that wait do not keep a database from recovering. */
const CONNECT_AGAIN_MS = 100
const CONNECT_AGAIN_LONGEST_MS = 1_000
/**
 * How long a statement may take, in ms: a request that waits for the database must end well before a drain does. The database ends
 * it itself, which makes certain that it was not carried out; one that does not even answer that is left alone a second later.
 */
const STATEMENT_MS = 5_000
const ANSWER_MS = STATEMENT_MS + 1_000
/** How long a readiness check may take, in ms: as long as the library waits for it. */
const CHECK_MS = 1_000

// Every column by name, never `*`: a later version may have added some.
const COLUMNS = 'id, title, body, created_at'

interface Row extends QueryResultRow {
  id: string
  title: string
  body: string
  created_at: Date
}

/** PostgreSQL, by `pg`: one board for every pod, which outlives them. */
export const postgresStore = (
  url: string,
  { applicationName, warn, connections, migrations = MIGRATIONS }: StoreOptions & { migrations?: readonly Migration[] },
): NoticeStore => {
  const connection = {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  }
  const pool = new Pool({
    ...connection,
    max: connections,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
  })
  // Checks do not queue behind requests: a busy pod is ready.
  const checks = new Pool({ ...connection, max: 1, connectionTimeoutMillis: CHECK_MS, query_timeout: CHECK_MS })
  const place = placeOf(url)
  // Without listeners a connection that breaks, as when the database restarts, would end the process: an idle one says it to the
  // pool, one that is in use to its statement and, a second time, here.
  pool.on('error', (error) => warn(`${place}: an idle connection broke: ${error.message}`))
  pool.on('connect', (client) => client.on('error', () => {}))
  checks.on('error', () => {})
  let opened = false
  let whyNot = 'not asked yet'

  const connect = async (): Promise<PoolClient> => {
    const until = performance.now() + CONNECT_MS
    for (let pause = CONNECT_AGAIN_MS; ; pause = Math.min(2 * pause, CONNECT_AGAIN_LONGEST_MS)) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        return await within(until - performance.now(), pool.connect())
      } catch (error) {
        const failure = unreachable(place, error)
        if (failure.permanent || pool.ending || performance.now() + CONNECT_AGAIN_MS >= until) throw failure
      }
      // Not all at the same moment. The last try is one that still has time for an answer.
      const jittered = pause * (0.5 + Math.random() / 2)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(Math.min(jittered, until - CONNECT_AGAIN_MS - performance.now()))
    }
  }

  const connected = async <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => {
    const client = await connect()
    try {
      const result = await work(client)
      client.release()
      return result
    } catch (error) {
      const failure = failed(place, error)
      // One that owes an answer is not used again: the answer might come yet, to the next question.
      client.release(failure.stored === 'unknown')
      throw failure
    }
  }

  const notices = async (sql: string, values: unknown[]): Promise<Notice[]> => {
    if (!opened) throw new StoreError(`${place}: not open yet: ${whyNot}`)
    const { rows } = await connected((client) => client.query<Row>(sql, values))
    return rows.map((row) => notice(row))
  }

  return {
    place,
    open: async () => {
      // Not the pool's: a migration takes the time that it takes.
      const client = new Client(connection)
      client.on('error', () => {})
      try {
        await client.connect().catch((error: unknown) => {
          throw unreachable(place, error)
        })
        await migrate(client, migrations).catch((error: unknown) => {
          throw failed(place, error)
        })
        opened = true
      } catch (error) {
        whyNot = (error as StoreError).message
        throw error
      } finally {
        await client.end().catch(() => {})
      }
    },
    check: async () => {
      if (!opened) throw new StoreError(whyNot)
      await checks.query('SELECT 1').catch((error: unknown) => {
        throw unreachable(place, error)
      })
    },
    add: async ({ title, body }, requestId) => {
      // A statement by itself is a transaction: when its answer is here, the notice is committed.
      const [added] = await notices(
        `INSERT INTO notices (id, title, body, created_at, request_id) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
        [randomUUID(), title, body, new Date(), requestId],
      )
      if (added === undefined) throw new StoreError(`${place}: no row came back`, { stored: 'unknown' })
      return added
    },
    get: async (id) => (await notices(`SELECT ${COLUMNS} FROM notices WHERE id = $1`, [id]))[0],
    latest: (limit) => notices(`SELECT ${COLUMNS} FROM notices ORDER BY sequence DESC LIMIT $1`, [limit]),
    ofRequest: (requestId) =>
      notices(`SELECT ${COLUMNS} FROM notices WHERE request_id = $1 ORDER BY sequence`, [requestId]),
    close: async () => {
      await Promise.all([pool.end(), checks.end()])
    },
  }
}

/** The connection, unless it comes later than in so many ms: then it goes back to the pool when it comes. */
const within = async (ms: number, connecting: Promise<PoolClient>): Promise<PoolClient> => {
  const late = new AbortController()
  const timeout = sleep(ms, undefined, { signal: late.signal }).then(() => {
    void connecting.then((client) => client.release()).catch(() => {})
    throw new Error(`no connection within ${CONNECT_MS} ms`)
  })
  try {
    return await Promise.race([connecting, timeout])
  } finally {
    late.abort()
    timeout.catch(() => {})
  }
}

const notice = ({ id, title, body, created_at: createdAt }: Row): Notice => ({
  id,
  title,
  body,
  createdAt: createdAt.toISOString(),
})

/** As `pg` understands the URL; a client that is never connected. */
const placeOf = (url: string): string => {
  const { host, port, database } = new Client({ connectionString: url })
  return `PostgreSQL ${database ?? ''} at ${host}:${port}`
}
