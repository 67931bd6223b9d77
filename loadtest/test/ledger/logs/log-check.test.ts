import { describe, expect, it } from 'vitest'
import { createLogCheck } from '../../../src/ledger/logs/log-check.ts'
import type { ServerLogFormat } from '../../../src/inputs/profile/server-log-format.ts'

const ID = 'zd-preflight-0a1b2c3d-1'

function check(format: ServerLogFormat, ...lines: readonly string[]): string | undefined {
  const found = createLogCheck(format)
  for (const line of lines) found.line(line)
  expect(found.matched).toBe(found.error() === undefined && lines.length > 0)
  return found.error()?.message
}

const JSON_FORMAT = { requestId: 'id', ended: { field: 'msg', value: 'request' } }

describe('the check of a log format', () => {
  it('accepts a log with a line for the end of a request', () => {
    expect(check({ ended: { pattern: /^done / } }, 'listening', `begin ${ID}`, `done ${ID}`)).toBeUndefined()
    expect(check(JSON_FORMAT, JSON.stringify({ msg: 'request', id: ID }))).toBeUndefined()
  })

  it('shows the line that has the id of a request, but does not fit', () => {
    expect(check({ ended: { pattern: /^done / } }, `finished ${ID}`, 'another line')).toBe(
      'serverLog in the profile matches no line of the log: a line contains the id of a request, but is not the line `ended`, or has the id ' +
        `in another field, as in "finished ${ID}"; correct serverLog, print each line at once, or remove serverLog`,
    )
    expect(check(JSON_FORMAT, JSON.stringify({ msg: 'request', requestId: ID }))).toContain(`requestId\\":\\"${ID}`)
  })

  it('shows the last line if none has the id of a request, with its escapes, and its beginning', () => {
    expect(check(JSON_FORMAT, 'GET / 200', '\u001B[32mGET / 200')).toContain(
      'no line of the log contains the id of a request, as in "\\u001b[32mGET / 200"; correct serverLog',
    )
    expect(check(JSON_FORMAT, 'x'.repeat(1_000))?.length).toBeLessThan(500)
  })

  it('knows nothing about a log without lines', () => {
    expect(check(JSON_FORMAT)).toBeUndefined()
  })
})
