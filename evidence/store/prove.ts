import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { accountOf, inWords } from './account.ts'
import type { Account, Row } from './account.ts'
import { postNotices } from './posts.ts'
import type { Post } from './posts.ts'
import type { Said } from './said.ts'

export interface Proof {
  readonly urls: readonly string[]
  readonly databaseUrl: string
  /** Carries out one rollout; resolves when what it replaced has ended. */
  readonly roll: () => Promise<void>
  /** What the pods logged. */
  readonly said: Said
  readonly rollouts: number
  /** POSTs a second. */
  readonly rate: number
}

const WARM_UP_MS = 1_000
/** Of each kind of explanation, at most. */
const SHOWN = 20

/** Posts from before the first rollout until after the last one, then holds every answer against the table; says what it found. */
export const prove = async ({ urls, databaseUrl, roll, said, rollouts, rate }: Proof): Promise<Account> => {
  const client = new Client({ connectionString: databaseUrl })
  // Its database goes away where the proof is interrupted; what is asked of it then is rejected.
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
    // A statement of a pod that is gone may still be on its way through the server.
    await sleep(WARM_UP_MS)
    const { rows } = await client.query<Row>('SELECT id, request_id FROM notices')
    const account = accountOf(posting.posts, rows)
    for (const line of inWords(account)) console.log(`  ${line}`)
    const lost = posting.posts.filter(({ status }) => status !== 201)
    for (const line of [...lost.slice(0, SHOWN).flatMap((post) => why(post, said)), ...said.others().slice(0, SHOWN)])
      console.log(`    ${line}`)
    return account
  } finally {
    await client.end()
  }
}

/** What became of a POST that was not answered 201, and what its pod said of it. */
const why = ({ requestId, sent, status, pod, detail }: Post, said: Said): string[] => {
  const answer = status === undefined ? `no answer: ${detail}` : `${status} from ${pod}: ${detail}`
  const words = said.of(requestId)
  return [`${requestId}, sent ${sent}: ${answer}`, ...(words === undefined ? [] : [`  log of ${words}`])]
}

/** 0 proven, 1 not, 3 the naive twin lost nothing, so it was no test. */
export const verdict = (service: Account, twin: Account): 0 | 1 | 3 => {
  if (service.broken.length + twin.broken.length > 0 || service.created < service.sent) {
    console.log('NOT proven')
    return 1
  }
  if (twin.created === twin.sent) {
    console.log('inconclusive: the naive twin lost nothing under the same load; raise --rate or --rollouts')
    return 3
  }
  console.log('proven: what was answered 201 is in the table exactly once, and what was not answered is told apart')
  return 0
}
