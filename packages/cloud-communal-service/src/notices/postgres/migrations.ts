/**
 * A step that one version adds to the database. The list only grows, and each step only adds: two versions use the same
 * tables during a rollout, and after an undo the older version continues. Add a column as nullable or with a
 * default. Drop a column only once no version that used it can come back.
 *
 * A step is one transaction and holds its locks until it ends, so a step on a table in use must be short. Build an
 * index on a large table by hand before the rollout, with CREATE INDEX CONCURRENTLY, and use IF NOT EXISTS in the step.
 */
export interface Migration {
  readonly name: string
  readonly sql: string
}

export const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001 notices',
    // The request id is not unique, see `NoticeStore.add`. `sequence` orders notices of the same millisecond.
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
