import { expect, test } from 'vitest'
import { logAbandoned, logForced, shortened } from '../../src/forced-log.js'
import type { OpenConnection, ShutdownReport } from '../../src/types.js'

const request = (path: string): OpenConnection => ({
  kind: 'http1',
  phase: 'request',
  peer: '10.0.0.1:50000',
  method: 'GET',
  path,
  ageMs: 1_234,
})
const silent: OpenConnection = { kind: 'handshake', phase: 'silent', peer: '10.0.0.2:50000' }

function logged(forced: readonly OpenConnection[]) {
  const lines: { fields: object; message: string }[] = []
  const error = (fields: object, message: string): void => void lines.push({ fields, message })
  logForced({ info() {}, warn() {}, error }, forced)
  return lines
}

const report = (count: number): ShutdownReport =>
  ({
    forced: Array.from({ length: count }, () => silent),
    abandoned: [],
    outcome: 'forced',
  }) as unknown as ShutdownReport

test('the log has a line for each forced connection, with its fields', () => {
  expect(logged([request('/a'), silent])).toEqual([
    {
      fields: request('/a'),
      message: expect.stringMatching(/GET \/a from 10.0.0.1:50000 \(request, .*1234 ms\)$/) as string,
    },
    { fields: silent, message: expect.stringMatching(/a connection from 10.0.0.2:50000 \(silent\)$/) as string },
  ])
})

test('the log has 1,000 lines for more connections, and one with the number of the others by kind and phase', () => {
  const requests = Array.from({ length: 1_200 }, (_, index) => request(`/${index}`))
  const lines = logged([...requests, ...Array.from({ length: 300 }, () => silent)])
  expect(lines).toHaveLength(1_001)
  expect(lines.at(-1)).toEqual({
    fields: { counts: { 'http1 request': 200, 'handshake silent': 300 } },
    message: expect.stringContaining('500 more connections (200 × http1 request, 300 × handshake silent)') as string,
  })
})

test('the log has a line for each of the first 1,000 names of abandoned work, and the report as many', () => {
  const lines: string[] = []
  const work = Array.from({ length: 1_001 }, (_, index) => ({ name: `job ${index}`, count: 1 + index, oldestMs: 20 }))
  logAbandoned({ info() {}, warn() {}, error: (_fields, message) => void lines.push(message) }, work)
  expect(lines).toHaveLength(1_001)
  expect(lines.slice(0, 2)).toEqual([
    "graceful: stopped waiting for background work 'job 0' (pending for 20 ms)",
    "graceful: stopped waiting for background work 'job 1' (2 pending, the oldest for 20 ms)",
  ])
  expect(lines.at(-1)).toBe('graceful: stopped waiting for background work with 1 more names')
  const { abandoned, ...rest } = shortened({ ...report(0), abandoned: work })
  expect(abandoned).toHaveLength(1_000)
  expect(rest).toMatchObject({ abandonedCount: 1_001 })
})

test('the report in the log has 1,000 forced connections, and their number if there are more', () => {
  expect(shortened(report(1_000))).toEqual(report(1_000))
  expect(shortened(report(1_500))).toMatchObject({
    outcome: 'forced',
    forcedCount: 1_500,
    forced: report(1_000).forced,
  })
})
