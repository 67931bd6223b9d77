/**
 * What each version added to the database, in order. Only ever longer, and each step only adds: a rollout has two versions at work
 * on the same tables, and an undo brings the older one back, so what the older one does must go on working. A column is
 * therefore added nullable or with a default; one that is no longer used is dropped by a version that comes after every version
 * that used it is gone.
 *
 * A step is one transaction and holds its locks to its end, so nothing that takes long belongs into one that touches a table in use.
 * An index on a large table is built by hand before the rollout, with CREATE INDEX CONCURRENTLY; the step then says IF NOT EXISTS.
 */
export interface Migration {
  readonly name: string
  readonly sql: string
}

export const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001 notices',
    // The request's id is recorded and not unique: see `NoticeStore.add`. `sequence` orders notices of the same millisecond.
    sql: `
      CREATE TABLE notices (
        sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id text NOT NULL UNIQUE,
        title text NOT NULL,
        body text NOT NULL,
        created_at timestamptz NOT NULL,
        request_id text NOT NULL
      );
      CREATE INDEX notices_request_id ON notices (request_id);
    `,
  },
]
