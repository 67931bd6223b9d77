import { parseArgs } from 'node:util'
import { wholeNumber } from '../base/flags.ts'
import type { Account } from './account.ts'
import { cleaningUp } from '../base/cleanup.ts'
import { startDatabase } from './database.ts'
import { createPods } from './pods.ts'
import type { Program } from './pods.ts'
import { prove, verdict } from './prove.ts'

// Runs the proof on this machine: a PostgreSQL, three processes of the service behind a balancer, and rollouts under load. Then the same
// with the naive twin.

const onThisMachine = async (args: readonly string[]): Promise<number> => {
  const { values } = parseArgs({
    args: [...args],
    options: { rollouts: { type: 'string', default: '10' }, rate: { type: 'string', default: '50' } },
  })
  const rollouts = wholeNumber('--rollouts', values.rollouts, 999)
  const rate = wholeNumber('--rate', values.rate, 999)
  const postgres = await startDatabase()

  const each = async (name: string, program: Program, times: number): Promise<Account> => {
    console.log(`${name}: ${times} rollouts`)
    const databaseUrl = await postgres.createDatabase()
    const pods = await createPods(program, databaseUrl)
    const { url, roll, logs } = pods
    const account = await prove({ urls: [url], databaseUrl, roll, logs, rollouts: times, rate })
    const codes = [...new Set(pods.exits)]
    const words = codes.map((code) => `${pods.exits.filter((exit) => exit === code).length} with ${code}`)
    console.log(`  ${pods.exits.length} pods ended: ${words.join(', ')}`)
    return account
  }
  const service = await each('the service', 'main', rollouts)
  // Three rollouts are enough to show that this load loses requests.
  return verdict(service, await each('its naive twin', 'naive', Math.min(rollouts, 3)))
}

export const usage = `pnpm evidence prove:store [flags]
  --rollouts N   default: 10
  --rate N       POSTs per second; default: 50`

/** Exit codes: 0 proven, 1 not proven, 3 inconclusive, since the naive twin lost nothing. */
export const run = (args: readonly string[]): Promise<number> => cleaningUp('prove:store', () => onThisMachine(args))
