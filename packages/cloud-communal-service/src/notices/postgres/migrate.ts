/* oxlint-disable no-await-in-loop -- migrations run one after the other */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import type { Migration } from './migrations.js'

/** Any number that no other application uses for a lock in this database. */
const LOCK = 7_411_202_611
const RETRY_MS = 100
/**
 * How long a step waits for a lock, in ms. A step that changes a table waits for its readers, and all later queries
 * wait behind the step. After this time the step fails, the other queries continue, and the caller retries.
 */
const LOCK_TIMEOUT_MS = 2_000

/**
 * Runs the migrations that this database does not have yet, each in a transaction. A lock lets one process at a time
 * run them, because all pods of a new version start at the same moment. Steps of a later version stay as they are.
 *
 * The function polls for the lock instead of waiting in a statement. A waiting statement holds a snapshot, which would
 * block vacuum and a manual CREATE INDEX CONCURRENTLY. (A migration cannot use the latter, because it does not run in a
 * transaction.)
 *
 * @param client the connection that owns the lock. The lock ends with the connection, so a process that dies blocks no
 * other.
 */
export const migrate = async (client: ClientBase, migrations: readonly Migration[]): Promise<void> => {
  while (!(await locked(client))) await sleep(RETRY_MS)
  try {
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now())',
    )
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations')
    const done = new Set(rows.map(({ name }) => name))
    for (const migration of migrations.filter(({ name }) => !done.has(name))) await step(client, migration)
  } finally {
    // A broken connection has already released the lock, and its own error is the one to report.
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => {})
  }
}

const locked = async (client: ClientBase): Promise<boolean> => {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [LOCK])
  return rows[0]?.locked === true
}

const step = async (client: ClientBase, { name, sql }: Migration): Promise<void> => {
  await client.query('BEGIN')
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
    await client.query(sql)
    await client.query('INSERT INTO migrations (name) VALUES ($1)', [name])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}
