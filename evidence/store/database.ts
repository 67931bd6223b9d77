import { createPostgres, type Postgres } from '../../packages/cloud-communal-service/test/postgres.ts'
import { atEnd } from '../base/cleanup.ts'

/** Starts a PostgreSQL on this machine. It is removed when the program ends. */
export const startDatabase = async (options: Parameters<typeof createPostgres>[0] = {}): Promise<Postgres> => {
  const creation = createPostgres(options)
  // Registered before the creation has finished, for a Ctrl-C in between. A creation that fails leaves nothing behind.
  atEnd(() =>
    creation.then(
      ({ remove }) => remove(),
      () => {},
    ),
  )
  const postgres = await creation
  await postgres.start()
  return postgres
}
