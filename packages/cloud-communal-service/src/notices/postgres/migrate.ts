/* oxlint-disable no-await-in-loop -- one after the other is what this is about */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import type { Migration } from './migrations.js'

/** Any number will do that nobody else takes in this database. */
const LOCK = 7_411_202_611
const ASK_AGAIN_MS = 100
/**
 * A step that changes a table waits for those who read it, and everybody else then waits behind it. So it waits this long at most,
 * in ms, and then lets the others go first; whoever called tries again.
 */
const LOCK_TIMEOUT_MS = 2_000

/**
 * Carries out the steps that this database has not seen, each in a transaction, and one process at a time: all the pods of a new
 * version start at the same moment. What a later version has done is left as it is.
 *
 * The lock is asked for again and again rather than waited for: a session that waits in a statement holds a snapshot for as long, and
 * with it back whatever in this database must outwait older ones: vacuum, and a CREATE INDEX CONCURRENTLY that somebody runs by hand. (No
 * step can be one: it refuses to run in a transaction.)
 *
 * @param client one connection, whose the lock is: it is gone with it, so a process that dies in the middle blocks nobody
 */
export const migrate = async (client: ClientBase, migrations: readonly Migration[]): Promise<void> => {
  while (!(await locked(client))) await sleep(ASK_AGAIN_MS)
  try {
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now())',
    )
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations')
    const done = new Set(rows.map(({ name }) => name))
    for (const migration of migrations.filter(({ name }) => !done.has(name))) await step(client, migration)
  } finally {
    // A connection that broke has no lock any more, and what broke it is the error to report.
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
