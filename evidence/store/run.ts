import { parseArgs } from 'node:util'
import { createPostgres } from '../../packages/cloud-communal-service/test/postgres.ts'
import type { Account } from './account.ts'
import { createPods } from './pods.ts'
import type { Program } from './pods.ts'
import { atEnd, run } from './program.ts'
import { prove, verdict, wholeNumber } from './prove.ts'

// On this machine: a PostgreSQL, three processes of the service behind a balancer, rollouts under load; and the same with the twin.

const onThisMachine = async (): Promise<number> => {
  const { values } = parseArgs({
    options: { rollouts: { type: 'string', default: '10' }, rate: { type: 'string', default: '50' } },
  })
  const rollouts = wholeNumber('rollouts', values.rollouts)
  const rate = wholeNumber('rate', values.rate)
  const making = createPostgres()
  // Before it is there, for a Ctrl-C in between. One that could not be made has left nothing.
  atEnd(() =>
    making.then(
      ({ remove }) => remove(),
      () => {},
    ),
  )
  const postgres = await making
  await postgres.start()

  const each = async (name: string, program: Program): Promise<Account> => {
    console.log(`${name}: ${rollouts} rollouts`)
    const databaseUrl = await postgres.createDatabase()
    const pods = await createPods(program, databaseUrl)
    const { url, roll, said } = pods
    const account = await prove({ urls: [url], databaseUrl, roll, said, rollouts, rate })
    const codes = [...new Set(pods.exits)]
    const words = codes.map((code) => `${pods.exits.filter((exit) => exit === code).length} with ${code}`)
    console.log(`  ${pods.exits.length} pods ended: ${words.join(', ')}`)
    return account
  }
  return verdict(await each('the service', 'main'), await each('its naive twin', 'naive'))
}

await run('prove:store', 'prove:store [--rollouts 10] [--rate 50]', onThisMachine)
