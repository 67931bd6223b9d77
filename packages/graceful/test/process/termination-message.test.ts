import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OpenConnection, ShutdownReport } from '../../src/types.js'
import { writeTerminationMessage } from '../../src/process/termination-message.js'

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
  requestsAfterSignal: 5,
  connectionsAfterSignal: 3,
  lastArrivalMs: 812,
  forced,
  hooks: [],
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

test('it fits even if a single path exceeds the limit', () => {
  writeFileSync(file, '')
  writeTerminationMessage(report([open(`/${'x'.repeat(8_000)}`)]), file)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ forced: [], forcedCount: 1, exitCode: 1 })
})

test('it keeps the start of the error of a hook', () => {
  writeFileSync(file, '')
  const hooks = [
    { name: 'pool', outcome: 'failed', durationMs: 1, error: `no such table ${'x'.repeat(9_000)}` } as const,
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

test('a file that cannot be written causes no error', () => {
  expect(() => writeTerminationMessage(report(), folder)).not.toThrow()
})
