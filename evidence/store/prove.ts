import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { accountOf, inWords } from './account.ts'
import type { Account, Row } from './account.ts'
import { postNotices } from './posts.ts'
import type { Post } from './posts.ts'
import type { PodLogs } from './pod-logs.ts'

export interface Proof {
  readonly urls: readonly string[]
  readonly databaseUrl: string
  /** Runs one rollout. Resolves when the old pods have ended. */
  readonly roll: () => Promise<void>
  /** The warnings and errors in the pods' logs. */
  readonly logs: PodLogs
  readonly rollouts: number
  /** POSTs per second. */
  readonly rate: number
}

const WARM_UP_MS = 1_000
/** The maximum number of explanations of each kind. */
const SHOWN = 20

/** Posts notices from before the first rollout until after the last one, compares the responses with the table, and prints the account. */
export const prove = async ({ urls, databaseUrl, roll, logs, rollouts, rate }: Proof): Promise<Account> => {
  const client = new Client({ connectionString: databaseUrl })
  // If the proof is interrupted, its database stops, and queries reject.
  client.on('error', () => {})
  await client.connect()
  try {
    const posting = postNotices(urls, rate)
    try {
      await sleep(WARM_UP_MS)
      for (let count = 1; count <= rollouts; count += 1) {
        await roll()
        console.log(`  rollout ${count} of ${rollouts}: ${posting.posts.length} POSTs so far`)
      }
    } finally {
      await posting.stop()
    }
    // The server may still execute a statement of a pod that is gone.
    await sleep(WARM_UP_MS)
    const { rows } = await client.query<Row>('SELECT id, request_id FROM notices')
    const account = accountOf(posting.posts, rows)
    for (const line of inWords(account)) console.log(`  ${line}`)
    const lost = posting.posts.filter(({ status }) => status !== 201)
    for (const line of [...lost.slice(0, SHOWN).flatMap((post) => why(post, logs)), ...logs.others().slice(0, SHOWN)])
      console.log(`    ${line}`)
    return account
  } finally {
    await client.end()
  }
}

/** Returns the outcome of a POST that was not answered 201, and what its pod logged. */
const why = ({ requestId, sent, status, pod, detail }: Post, logs: PodLogs): string[] => {
  const answer = status === undefined ? `no answer: ${detail}` : `${status} from ${pod}: ${detail}`
  const words = logs.of(requestId)
  return [`${requestId}, sent ${sent}: ${answer}`, ...(words === undefined ? [] : [`  log of ${words}`])]
}

/** Prints the verdict and returns the exit code: 0 proven, 1 not proven, 3 inconclusive because the twin lost nothing. */
export const verdict = (service: Account, twin: Account): 0 | 1 | 3 => {
  if (service.broken.length + twin.broken.length > 0 || service.created < service.sent) {
    console.log('NOT proven')
    return 1
  }
  if (twin.created === twin.sent) {
    console.log('inconclusive: the naive twin lost nothing under the same load; raise --rate or --rollouts')
    return 3
  }
  console.log(
    'proven: each POST answered 201 is in the table exactly once; the table shows the outcome of each other POST',
  )
  return 0
}
