import type { Post } from './posts.ts'

/** One row of the table. */
export interface Row {
  readonly id: string
  readonly request_id: string
}

/** The clients' word and the table's, held against each other. */
export interface Account {
  readonly sent: number
  readonly created: number
  /** Neither 201 nor lost: an answer that says that it was not done, or not known. By status. */
  readonly refused: ReadonlyMap<number, number>
  /** POSTs without an answer, by what the table says of them. */
  readonly unanswered: { readonly stored: number; readonly notStored: number }
  /** Each a promise that was broken, in words. */
  readonly broken: readonly string[]
}

/**
 * Answered 201: in the table exactly once, under the id of the answer. Answered "nothing was stored": not there. Not answered: there
 * once or not at all, never twice. And nothing in the table that nobody sent.
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

/** A few lines for whoever reads the proof. */
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
