import { describe, expect, it } from 'vitest'
import { accountOf, inWords } from '../../store/account.ts'

const row = (requestId: string, id = `n-${requestId}`): { id: string; request_id: string } => ({
  id,
  request_id: requestId,
})
const created = (requestId: string): { requestId: string; status: number; noticeId: string } => ({
  requestId,
  status: 201,
  noticeId: `n-${requestId}`,
})

describe('the account of a proof', () => {
  it('counts the POSTs without a response by whether they are in the table', () => {
    const posts = [created('a'), { requestId: 'b', detail: 'socket hang up' }, { requestId: 'c', detail: 'ECONNRESET' }]
    const account = accountOf(posts, [row('a'), row('c')])
    expect(account).toMatchObject({ sent: 3, created: 1, unanswered: { stored: 1, notStored: 1 }, broken: [] })
    expect(inWords(account)).toEqual([
      '3 POSTs sent, none of them twice',
      '1 answered 201, each in the table exactly once, under the id of its answer',
      '2 not answered; the table tells them apart: 1 committed, 1 not',
    ])
  })

  it.each([
    ['is not there', [created('a')], [], /a was answered 201 and is not in the table/],
    ['is there twice', [created('a')], [row('a'), row('a', 'other')], /a is in the table 2 times/],
    ['is there as another', [created('a')], [row('a', 'other')], /a was answered n-a and is other/],
    ['was not sent', [], [row('x')], /x is in the table and nobody sent it/],
    ['was not answered and is there twice', [{ requestId: 'a' }], [row('a'), row('a')], /a is in the table 2 times/],
    [
      'is there although it was answered that it is not',
      [{ requestId: 'a', status: 503, detail: 'The notice board cannot be reached; nothing was stored' }],
      [row('a')],
      /a was answered 503, .+ and is in the table/,
    ],
  ])('is broken when a notice %s', (_, posts, rows, sentence) => {
    const { broken } = accountOf(posts, rows)
    expect(broken).toHaveLength(1)
    expect(broken[0]).toMatch(sentence)
  })

  it('accepts any state of the table after a 503 that leaves the outcome open', () => {
    const posts = [
      { requestId: 'a', status: 503, detail: 'whether a notice was stored is not known' },
      { requestId: 'b', status: 503, detail: 'whether a notice was stored is not known' },
    ]
    expect(accountOf(posts, [row('a')])).toMatchObject({ refused: new Map([[503, 2]]), broken: [] })
  })
})
