import { parseArgs } from 'node:util'
import { createPostgres } from '../postgres.ts'
import type { Account } from './account.ts'
import { atEnd, cleanUp } from './cleanup.ts'
import { createPods } from './pods.ts'
import type { Program } from './pods.ts'
import { prove, verdict, wholeNumber } from './prove.ts'

// On this machine: a PostgreSQL, three processes of the service behind a balancer, rollouts under load; and the same with the twin.

const USAGE = 'prove:store [--rollouts 10] [--rate 50]'

const onThisMachine = async (): Promise<number> => {
  const { values } = parseArgs({
    options: { rollouts: { type: 'string', default: '10' }, rate: { type: 'string', default: '50' } },
  })
  const rollouts = wholeNumber('rollouts', values.rollouts)
  const rate = wholeNumber('rate', values.rate)
  const postgres = await createPostgres()
  atEnd(postgres.remove)
  await postgres.start()

  const each = async (name: string, program: Program): Promise<Account> => {
    console.log(`${name}: ${rollouts} rollouts`)
    const databaseUrl = await postgres.createDatabase()
    const pods = await createPods(program, databaseUrl)
    atEnd(pods.close)
    const account = await prove({ urls: [pods.url], databaseUrl, roll: pods.roll, rollouts, rate })
    const codes = [...new Set(pods.exits)]
    const words = codes.map((code) => `${pods.exits.filter((exit) => exit === code).length} with ${code}`)
    console.log(`  ${pods.exits.length} pods ended: ${words.join(', ')}`)
    return account
  }
  return verdict(await each('the service', 'main'), await each('its naive twin', 'naive'))
}

try {
  process.exitCode = await onThisMachine()
} catch (error) {
  console.error(`prove:store: ${(error as Error).message}\n\n${USAGE}`)
  process.exitCode = 2
} finally {
  await cleanUp()
}
