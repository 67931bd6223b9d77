import type { Post } from './posts.ts'

/** One row of the table `notices`. */
export interface Row {
  readonly id: string
  readonly request_id: string
}

/** The comparison of the clients' responses with the table. */
export interface Account {
  readonly sent: number
  readonly created: number
  /** Responses other than 201, by status. */
  readonly refused: ReadonlyMap<number, number>
  /** POSTs without a response, by whether the table has them. */
  readonly unanswered: { readonly stored: number; readonly notStored: number }
  /** One sentence for each broken promise. */
  readonly broken: readonly string[]
}

/**
 * Compares the POSTs with the table. A POST answered 201 is in the table exactly once, with the id of the response. A POST answered
 * "nothing was stored" is not in the table. A POST without a response is there at most once. The table has no other rows.
 */
export const accountOf = (posts: readonly Post[], rows: readonly Row[]): Account => {
  const byRequest = new Map<string, Row[]>()
  for (const row of rows) byRequest.set(row.request_id, [...(byRequest.get(row.request_id) ?? []), row])
  const broken: string[] = []
  const refused = new Map<number, number>()
  const unanswered = { stored: 0, notStored: 0 }
  let created = 0

  for (const { requestId, status, noticeId, detail } of posts) {
    const stored = byRequest.get(requestId) ?? []
    byRequest.delete(requestId)
    if (stored.length > 1) broken.push(`${requestId} is in the table ${stored.length} times`)
    if (status === 201) {
      created += 1
      if (stored.length === 0) broken.push(`${requestId} was answered 201 and is not in the table`)
      else if (stored[0]?.id !== noticeId) broken.push(`${requestId} was answered ${noticeId} and is ${stored[0]?.id}`)
    } else if (status === undefined) {
      unanswered[stored.length > 0 ? 'stored' : 'notStored'] += 1
    } else {
      refused.set(status, (refused.get(status) ?? 0) + 1)
      const certain = detail?.endsWith('nothing was stored') === true || status < 500
      if (certain && stored.length > 0)
        broken.push(`${requestId} was answered ${status}, "${detail}", and is in the table`)
    }
  }
  for (const requestId of byRequest.keys()) broken.push(`${requestId} is in the table and nobody sent it`)
  return { sent: posts.length, created, refused, unanswered, broken }
}

/** Returns the account as lines of text. */
export const inWords = ({ sent, created, refused, unanswered, broken }: Account): string[] => {
  const exactly = broken.length === 0 ? ', each in the table exactly once, under the id of its answer' : ''
  const lost = unanswered.stored + unanswered.notStored
  return [
    `${sent} POSTs sent, none of them twice`,
    `${created} answered 201${exactly}`,
    ...[...refused].map(([status, count]) => `${count} answered ${status}`),
    lost === 0
      ? '0 not answered'
      : `${lost} not answered; the table tells them apart: ${unanswered.stored} committed, ${unanswered.notStored} not`,
    ...broken.map((sentence) => `BROKEN: ${sentence}`),
  ]
}
