import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../src/base/wire/http1/exchange.ts'
import { createRandom } from '../../../src/base/random.ts'
import type { JsonFields, ReadPath } from '../../../src/inputs/profile/profile.ts'
import { planCreate, planRead, planSlow } from '../../../src/inputs/requests/requests.ts'

const answer = (body: unknown): Answer => {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return { head: { status: 200, headers: new Map() }, body: bytes, bodyBytes: bytes.length } as unknown as Answer
}

const read = (expected: Partial<ReadPath>): ReadPath => ({ path: '/', status: 200, json: false, ...expected })

describe('the check of a body', () => {
  it('finds the id of the request in the text that the body contains', () => {
    const { verify } = planRead(read({ contains: 'order {id} done' }))
    expect(verify(answer('<p>order zd-1 done</p>'), 'zd-1')).toBeUndefined()
    expect(verify(answer('<p>order zd-2 done</p>'), 'zd-1')).toBe(
      'the body does not contain "order zd-1 done": "<p>order zd-2 done</p>"',
    )
  })

  it('compares the fields of a JSON body, the id and the drawn numbers among them', () => {
    const json: JsonFields = { id: '{id}', waited: '{ms}', ok: true }
    const { path, verify } = planSlow(
      { ...read({ path: '/work?ms={ms}', json }), ms: { min: 7, max: 7 } },
      createRandom(1),
    )
    expect(path).toBe('/work?ms=7')
    expect(verify(answer({ id: 'zd-1', waited: 7, ok: true, more: 1 }), 'zd-1')).toBeUndefined()
    expect(verify(answer({ id: 'zd-1', waited: '7', ok: true }), 'zd-1')).toBeUndefined()
    expect(verify(answer({ id: 'zd-1', waited: 8, ok: true }), 'zd-1')).toBe(
      'the field waited of the body is 8, not "7"',
    )
    expect(verify(answer({ id: 'zd-1', waited: 7 }), 'zd-1')).toBe('the field ok of the body is missing, not true')
    expect(verify(answer([]), 'zd-1')).toBe('the field id of the body is missing, not "zd-1"')
    expect(verify(answer('{'), 'zd-1')).toBe('the body is not JSON: "{"')
  })
})

describe('the check of a created id', () => {
  const create = { path: '/', status: 201, body: '{}', idField: 'id' }

  it('detects an id that was the response to an earlier POST of the run', () => {
    const created = new Set<string>()
    const verify = (id: unknown): string | undefined => planCreate(create, created).verify(answer({ id }), 'zd-1')
    expect([verify('a'), verify('b'), verify(1), verify('')]).toEqual([
      undefined,
      undefined,
      undefined,
      'the response has no id',
    ])
    expect(verify('a')).toMatch(/^id "a" was the response to an earlier POST, too; if pods give the same ids/u)
    expect(verify(1)).toMatch(/^id 1 was the response/u)
  })

  it('accepts it if the profile says that ids are not unique', () => {
    const created = new Set<string>()
    const ends = [1, 1].map((id) => planCreate({ ...create, uniqueIds: false }, created).verify(answer({ id }), 'zd-1'))
    expect(ends).toEqual([undefined, undefined])
  })
})
