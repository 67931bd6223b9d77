import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Pool } from 'pg'
import type { PoolClient, QueryResultRow } from 'pg'
import { failed, unreachable } from './postgres/failure.js'
import { migrate } from './postgres/migrate.js'
import { MIGRATIONS } from './postgres/migrations.js'
import type { Migration } from './postgres/migrations.js'
import { LIST_BYTES, StoreError } from './store.js'
import type { Notice, NoticeStore, StoreOptions } from './store.js'

/**
 * How long a request waits for a connection, in ms. Until then the store retries a refused connection, which is safe
 * because no statement has been sent. So a request can wait for a database that restarts or hangs, or whose connections
 * are all in use, for example while two versions run. With its statement, a request takes at most 11 s, which is less
 * than a drain.
 */
const CONNECT_MS = 5_000
/**
 * The pause before the first retry, in ms. It doubles up to the longest, so that retries do not keep a database from
 * recovering.
 */
const CONNECT_AGAIN_MS = 100
const CONNECT_AGAIN_LONGEST_MS = 1_000
/**
 * How long a statement may take, in ms. A request that waits for the database must end well before a drain does. The
 * database itself cancels the statement, so it is certain that it was not executed. If the database does not respond to
 * that either, the client gives up one second later.
 */
const STATEMENT_MS = 5_000
const ANSWER_MS = STATEMENT_MS + 1_000
/** How long a readiness check may take, in ms. The library waits as long. */
const CHECK_MS = 1_000

// Every column by name and not `*`, because a later version may have added columns.
const COLUMNS = 'id, title, body, created_at'
/** Adds the size of each notice and of those before it, so that a list does not load more than it returns. */
const upToListBytes = (list: string, order: string): string =>
  `SELECT ${COLUMNS} FROM (
     SELECT *, sum(octet_length(title) + octet_length(body) + 200) OVER sized AS bytes, row_number() OVER sized AS place
     FROM (${list}) AS listed WINDOW sized AS (ORDER BY ${order})
   ) AS summed WHERE place = 1 OR bytes <= ${LIST_BYTES} ORDER BY ${order}`
const ALL_COLUMNS = `sequence, ${COLUMNS}`
const LATEST = upToListBytes(`SELECT ${ALL_COLUMNS} FROM notices ORDER BY sequence DESC LIMIT $1`, 'sequence DESC')
const OF_REQUEST = upToListBytes(`SELECT ${ALL_COLUMNS} FROM notices WHERE request_id = $1`, 'sequence')

interface Row extends QueryResultRow {
  id: string
  title: string
  body: string
  created_at: Date
}

/** Creates a store in PostgreSQL, with `pg`. All pods share its notices, which outlive the pods. */
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
  // A pool of its own, so that checks do not wait behind requests: a busy pod is ready.
  const checks = new Pool({ ...connection, max: 1, connectionTimeoutMillis: CHECK_MS, query_timeout: CHECK_MS })
  const place = placeOf(url)
  // Without these listeners a broken connection, for example at a restart of the database, would end the process. An
  // idle connection reports the error to the pool. A connection in use reports it to its statement, and again to its
  // own listener.
  pool.on('error', (error) => warn(`${place}: an idle connection broke: ${error.message}`))
  pool.on('connect', (client) => client.on('error', () => {}))
  checks.on('error', () => {})
  let opened = false
  let whyNot = 'no attempt yet'

  const connect = async (): Promise<PoolClient> => {
    const until = performance.now() + CONNECT_MS
    for (let pause = CONNECT_AGAIN_MS; ; pause = Math.min(2 * pause, CONNECT_AGAIN_LONGEST_MS)) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- retries run one after the other
        return await within(until - performance.now(), pool.connect())
      } catch (error) {
        const failure = unreachable(place, error)
        if (failure.permanent || pool.ending || performance.now() + CONNECT_AGAIN_MS >= until) throw failure
      }
      // Jitter, so that requests do not retry at the same moment. The last attempt leaves time for a response.
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
      // A connection with an outstanding response is not reused, because the next statement could receive that
      // response.
      client.release(failure.stored === 'unknown')
      throw failure
    }
  }

  const notices = async (sql: string, values: unknown[]): Promise<Notice[]> => {
    if (!opened) throw new StoreError(`${place}: not open: ${whyNot}`)
    const { rows } = await connected((client) => client.query<Row>(sql, values))
    return rows.map((row) => notice(row))
  }

  return {
    place,
    open: async () => {
      // Not from the pool, whose time limits do not apply to migrations.
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
      // A single statement is a transaction: once its response arrives, the notice is committed.
      const [added] = await notices(
        `INSERT INTO notices (id, title, body, created_at, request_id) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
        [randomUUID(), title, body, new Date(), requestId],
      )
      if (added === undefined) throw new StoreError(`${place}: INSERT returned no row`, { stored: 'unknown' })
      return added
    },
    get: async (id) => (await notices(`SELECT ${COLUMNS} FROM notices WHERE id = $1`, [id]))[0],
    latest: (limit) => notices(LATEST, [limit]),
    ofRequest: (requestId) => notices(OF_REQUEST, [requestId]),
    close: async () => {
      await Promise.all([pool.end(), checks.end()])
    },
  }
}

/** Resolves with the connection, or rejects after `ms`. A connection that arrives later goes back to the pool. */
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

/** Returns the database and the host as `pg` parses the URL. The client never connects. */
const placeOf = (url: string): string => {
  const { host, port, database } = new Client({ connectionString: url })
  return `PostgreSQL ${database ?? ''} at ${host}:${port}`
}
