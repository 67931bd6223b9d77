import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { HookResult, OpenConnection, ShutdownReport } from '../../../src/types.js'
import { terminationMessage, writeTerminationMessage } from '../../../src/process/reporting/termination-message.js'

let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'termination-message-'))
  file = join(folder, 'termination-log')
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = (path: string): OpenConnection => ({
  kind: 'http1',
  phase: 'request',
  peer: '10.0.0.1:50000',
  method: 'GET',
  path,
  ageMs: 1_234,
})

const report = (forced: readonly OpenConnection[] = []): ShutdownReport => ({
  reason: 'SIGTERM',
  signal: 'SIGTERM',
  outcome: forced.length > 0 ? 'forced' : 'graceful',
  exitCode: forced.length > 0 ? 1 : 0,
  durationMs: 2_345,
  states: { ready: 60_000, lameDuck: 2_000 },
  delayEnd: 'evidence',
  delay: undefined,
  requestsAfterSignal: 5,
  connectionsAfterSignal: 3,
  lastArrivalMs: 812,
  forced,
  abandoned: [],
  hooks: [],
  listeners: [],
  exitCalls: [],
})

test('the termination message is the report', () => {
  writeFileSync(file, '')
  writeTerminationMessage(report([open('/a'), open('/b')]), file)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(report([open('/a'), open('/b')]))
})

test('it replaces the message of an earlier run of the container', () => {
  writeFileSync(file, 'x'.repeat(4_000))
  writeTerminationMessage(report(), file)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(report())
})

test('it is not written if the file does not exist', () => {
  writeTerminationMessage(report(), file)
  expect(existsSync(file)).toBe(false)
})

test('it lists as many open requests as fit into the limit of the kubelet in bytes, and their total', () => {
  writeFileSync(file, '')
  const forced = Array.from({ length: 200 }, (_, index) => open(`/пример/${index}`))
  writeTerminationMessage(report(forced), file)
  const text = readFileSync(file, 'utf8')
  const left = JSON.parse(text) as ShutdownReport & { forcedCount: number }
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096)
  expect(left).toMatchObject({ outcome: 'forced', exitCode: 1, forcedCount: 200 })
  expect(left.forced).toEqual(forced.slice(0, left.forced.length))
  // One more would exceed the limit.
  const more = JSON.stringify({ ...left, forced: forced.slice(0, left.forced.length + 1) })
  expect(Buffer.byteLength(more)).toBeGreaterThan(4_096)
})

test('it has every reported source of the delay, but only the one that held it if the report is too long', () => {
  const sources = Array.from({ length: 8 }, (_, index) => ({
    address: `2001:db8:85a3:8d3:1319:8a2e:370:${7_340 + index}`,
    perSecond: 31.25,
    longestGapMs: 4_115,
    silenceNeededMs: 12_345,
    silenceSeenMs: 12_367,
  }))
  const delay = { heldBy: sources[0]!.address, sourceCount: 1_024, sources }
  const complete = terminationMessage({ ...report([open('/a')]), delay })
  expect(JSON.parse(complete)).toEqual({ ...report([open('/a')]), delay })

  const forced = Array.from({ length: 200 }, (_, index) => open(`/${index}`))
  const text = terminationMessage({ ...report(forced), delay })
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096)
  const left = JSON.parse(text) as ShutdownReport
  expect(left).toMatchObject({ delay: { ...delay, sources: sources.slice(0, 1) }, forcedCount: 200 })
  expect(left.delay!.sources).toHaveLength(1)
})

test('it fits even if a single path exceeds the limit', () => {
  writeFileSync(file, '')
  writeTerminationMessage(report([open(`/${'x'.repeat(8_000)}`)]), file)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ forced: [], forcedCount: 1, exitCode: 1 })
})

test('it keeps the start of the error of a hook', () => {
  writeFileSync(file, '')
  const hooks = [
    {
      name: 'pool',
      phase: 'drained',
      outcome: 'failed',
      durationMs: 1,
      error: `no such table ${'x'.repeat(9_000)}`,
    } as const,
  ]
  writeTerminationMessage({ ...report([open('/a')]), hooks }, file)
  const text = readFileSync(file, 'utf8')
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096)
  expect(JSON.parse(text)).toMatchObject({
    outcome: 'forced',
    forced: [open('/a')],
    hooks: [{ name: 'pool', error: expect.stringMatching(/^no such table x+$/) as string }],
  })
})

/** Returns whether a text has no half of a surrogate pair. */
const isWellFormed = (text: string): boolean => Buffer.from(text).toString() === text

const failed = (count: number, error: string): HookResult[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `hook-${index}`,
    phase: 'drained',
    outcome: 'failed',
    durationMs: 5,
    error,
  }))

test('it shortens the errors of many failed hooks, and keeps every hook', () => {
  const hooks = failed(20, 'connection refused '.repeat(20))
  const text = terminationMessage({ ...report([open('/a')]), hooks })
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096)
  const left = JSON.parse(text) as ShutdownReport
  expect(left.hooks.map(({ name }) => name)).toEqual(hooks.map(({ name }) => name))
  expect(left.hooks[0]!.error).toMatch(/^connection refused /)
  expect(left.forced).toEqual([open('/a')])
  expect(left).not.toHaveProperty('hookCount')
  expect(left).not.toHaveProperty('forcedCount')
})

test('it lists failed hooks before the others and before all forced connections, and gives the numbers of both', () => {
  const done = Array.from(
    { length: 100 },
    (_, index) => ({ name: `done-${index}`, phase: 'drained', outcome: 'done', durationMs: 5 }) as const,
  )
  const forced = Array.from({ length: 4_000 }, (_, index) => open(`/${index}`))
  const text = terminationMessage({ ...report(forced), hooks: [...done, ...failed(10, 'no route to host')] })
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096)
  const left = JSON.parse(text) as ShutdownReport
  expect(left).toMatchObject({ hookCount: 110, forcedCount: 4_000, exitCode: 1 })
  expect(left.hooks.slice(0, 10)).toEqual(failed(10, 'no route to host'))
  expect(left.forced.length).toBeGreaterThan(5)
})

test('it names as much abandoned work as fits beside failed hooks and forced connections, and its number', () => {
  const abandoned = Array.from({ length: 3_000 }, (_, index) => ({
    name: `${index} ${'письмо '.repeat(50)}`,
    count: 1,
    oldestMs: 5,
  }))
  const forced = Array.from({ length: 100 }, (_, index) => open(`/${index}`))
  const message = terminationMessage({ ...report(forced), abandoned, hooks: failed(60, 'connection refused') })
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_096)
  const left = JSON.parse(message) as ShutdownReport
  expect(left).toMatchObject({ hookCount: 60, abandonedCount: 3_000, forcedCount: 100 })
  expect(left.abandoned[0]!.name).toMatch(/^0 письмо [^]{85,95}$/)
  for (const { length } of [left.abandoned, left.forced, left.hooks]) expect(length).toBeGreaterThan(0)
  // One more would not fit.
  const more = { ...left, forced: forced.slice(0, left.forced.length + 1) }
  expect(Buffer.byteLength(JSON.stringify(more))).toBeGreaterThan(4_096)
})

test.each([
  ['Cyrillic', 'соединение закрыто '.repeat(50)],
  ['emoji', '🔥'.repeat(500)],
  ['emoji after one letter', `x${'🔥'.repeat(500)}`],
  ['control characters', '\u0000\u0001'.repeat(500)],
  ['half a surrogate pair', '\uD83D'.repeat(500)],
])('it is valid JSON of at most 4,096 bytes of UTF-8 with %s in every text', (_kind, text) => {
  const forced = Array.from({ length: 50 }, (_, index) => open(`/${text}${index}`))
  const message = terminationMessage({
    ...report(forced),
    reason: text,
    hooks: failed(30, text),
    abandoned: [{ name: text, count: 1, oldestMs: 1 }],
  })
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_096)
  const { hooks, reason } = JSON.parse(message) as ShutdownReport
  expect(text.startsWith(hooks[0]!.error!)).toBe(true)
  expect(text.startsWith(reason)).toBe(true)
  // No pair of surrogates was cut.
  expect(isWellFormed(hooks[0]!.error!)).toBe(isWellFormed(text))
})

test('it converts each forced connection to JSON a bounded number of times, however many there are', () => {
  let conversions = 0
  const counted = (path: string) => ({ ...open(path), toJSON: () => (conversions++, open(path)) })
  terminationMessage(report(Array.from({ length: 2_000 }, (_, index) => counted(`/${index}`))))
  expect(conversions).toBeLessThanOrEqual(2 * 2_000)
})

test('a file that cannot be written causes no error', () => {
  expect(() => writeTerminationMessage(report(), folder)).not.toThrow()
})

test('many listeners and exit calls of other code leave space for the rest, and the failed listeners come first', () => {
  const listeners = Array.from({ length: 50 }, (_, n) => ({
    name: `listener ${n} ${'x'.repeat(200)}`,
    where: `start (/app/${'y'.repeat(150)}.js:1:1)`,
    outcome: n === 49 ? ('failed' as const) : ('done' as const),
  }))
  const exitCalls = Array.from({ length: 20 }, () => ({ method: 'exit' as const, code: 0, caller: 'z'.repeat(150) }))
  const forced = Array.from({ length: 100 }, (_, n) => open(`/${n}`))
  const message = terminationMessage({ ...report(forced), listeners, exitCalls })
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_096)
  const parsed = JSON.parse(message) as ShutdownReport
  expect(parsed.listeners[0]).toMatchObject({ name: expect.stringContaining('listener 49'), outcome: 'failed' })
  expect(parsed.exitCalls.length).toBeGreaterThan(0)
  expect(parsed.forced.length).toBeGreaterThan(5)
})
