import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import { Client } from 'pg'
import { createPostgres } from '../postgres.ts'
import { accountOf, inWords } from './account.ts'
import type { Account, Row } from './account.ts'
import { createPods } from './pods.ts'
import type { Program } from './pods.ts'
import { postNotices } from './posts.ts'

// Proves that a POST that was answered 201 is in the table exactly once, whatever is rolled out meanwhile, and that one that was not
// answered can be told apart. Exit: 0 proven, 1 not, 2 the command line, 3 the naive twin lost nothing, so it was no test.

const USAGE = `prove:store [--rollouts 10] [--rate 50]
  On this machine: PostgreSQL, three processes behind a balancer, and the same with the naive twin.

prove:store --url URL [--url URL] --database-url postgres://… --rollout COMMAND [--rollouts 10] [--rate 50]
  Wherever the URLs lead: COMMAND carries out one rollout and ends when it is over.`

const read = () => {
  const { values } = parseArgs({
    options: {
      rollouts: { type: 'string', default: '10' },
      rate: { type: 'string', default: '50' },
      url: { type: 'string', multiple: true },
      'database-url': { type: 'string' },
      rollout: { type: 'string' },
    },
  })
  for (const name of ['rollouts', 'rate'] as const) {
    if (!/^[1-9]\d{0,2}$/.test(values[name])) {
      throw new Error(`--${name}: received ${JSON.stringify(values[name])}; accepted: a whole number from 1 to 999`)
    }
  }
  const { url: urls, 'database-url': databaseUrl, rollout } = values
  const elsewhere = [urls, databaseUrl, rollout].filter((value) => value !== undefined).length
  if (elsewhere !== 0 && elsewhere !== 3) throw new Error('--url, --database-url and --rollout go together')
  return { urls, databaseUrl, rollout, rollouts: Number(values.rollouts), rate: Number(values.rate) }
}

interface Proof {
  readonly urls: readonly string[]
  readonly databaseUrl: string
  readonly roll: () => Promise<void>
}

const WARM_UP_MS = 1_000
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const prove = async ({ urls, databaseUrl, roll }: Proof, rollouts: number, rate: number): Promise<Account> => {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: before } = await client.query<{ last: string }>(
      'SELECT coalesce(max(sequence), 0) AS last FROM notices',
    )
    const posting = postNotices(urls, rate)
    await pause(WARM_UP_MS)
    for (let count = 1; count <= rollouts; count += 1) {
      await roll()
      console.log(`  rollout ${count} of ${rollouts}: ${posting.posts.length} POSTs so far`)
    }
    await posting.stop()
    // A statement of a client or pod that is gone may still be on its way through the server.
    await pause(WARM_UP_MS)
    const { rows } = await client.query<Row>('SELECT id, request_id FROM notices WHERE sequence > $1', [
      before[0]?.last,
    ])
    return accountOf(posting.posts, rows)
  } finally {
    await client.end()
  }
}

const print = (account: Account): void => {
  for (const line of inWords(account)) console.log(`  ${line}`)
}

const onThisMachine = async (rollouts: number, rate: number): Promise<number> => {
  const postgres = await createPostgres()
  try {
    await postgres.start()
    const each = async (program: Program): Promise<Account> => {
      const databaseUrl = await postgres.createDatabase()
      const pods = await createPods(program, databaseUrl)
      try {
        const account = await prove({ urls: [pods.url], databaseUrl, roll: pods.roll }, rollouts, rate)
        print(account)
        const codes = [...new Set(pods.exits)]
        const words = codes.map((code) => `${pods.exits.filter((exit) => exit === code).length} with ${code}`)
        console.log(`  ${pods.exits.length} pods ended: ${words.join(', ')}`)
        return account
      } finally {
        await pods.close()
      }
    }
    console.log(`the service: ${rollouts} rollouts`)
    const service = await each('main')
    console.log(`its naive twin: ${rollouts} rollouts`)
    const twin = await each('naive')
    if (service.broken.length + twin.broken.length > 0 || service.created < service.sent) return 1
    if (twin.created === twin.sent) {
      console.log('the naive twin lost nothing under this load: nothing is proven; raise --rate')
      return 3
    }
    return 0
  } finally {
    await postgres.remove()
  }
}

const elsewhere = async (proof: Proof, rollouts: number, rate: number): Promise<number> => {
  console.log(`${proof.urls.join(', ')}: ${rollouts} rollouts`)
  const account = await prove(proof, rollouts, rate)
  print(account)
  return account.broken.length === 0 && account.created === account.sent ? 0 : 1
}

try {
  const { urls, databaseUrl, rollout, rollouts, rate } = read()
  const run = promisify(execFile)
  process.exitCode =
    urls === undefined || databaseUrl === undefined || rollout === undefined
      ? await onThisMachine(rollouts, rate)
      : await elsewhere(
          { urls, databaseUrl, roll: async () => void (await run('sh', ['-c', rollout])) },
          rollouts,
          rate,
        )
  console.log(process.exitCode === 0 ? 'proven: answered 201 is in the table, exactly once' : 'NOT proven')
} catch (error) {
  console.error(`prove:store: ${(error as Error).message}\n\n${USAGE}`)
  process.exitCode = 2
}
