import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { createGracefulWith } from '../src/graceful.js'
import { settle } from '../src/options/settings.js'
import { surroundings, warningsOf, type Surroundings } from '../src/process/warnings.js'
import { FakeRuntime } from './harness/fake-runtime.js'

const good: Surroundings = { pid: 1, ppid: 0, environment: {}, firstProcess: 'node' }
const settings = settle({ shutdownDelay: 5_000, timeout: 25_000 })

/** An http server with this idle time, in ms. */
function server(keepAliveTimeout: number) {
  const one = createServer()
  one.keepAliveTimeout = keepAliveTimeout
  return one
}

test('nothing is said of what is well', () => {
  const environment = { TERMINATION_GRACE_PERIOD_SECONDS: '26' }
  expect(warningsOf(settings, [server(5_000)], { ...good, environment })).toEqual([])
})

describe('PID 1', () => {
  test.each(['npm', 'npm run start', 'npx', 'yarn', 'pnpm', 'sh', 'bash', 'dash', 'ash', 'zsh'])(
    'that is %s keeps SIGTERM to itself',
    (firstProcess) => {
      const warnings = warningsOf(settings, [], { ...good, pid: 18, ppid: 1, firstProcess })
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain(`'${firstProcess}'`)
      expect(warnings[0]).toContain('CMD ["node", "main.js"]')
    },
  )

  test.each<[why: string, around: Partial<Surroundings>]>([
    ['it is this process', { pid: 1, ppid: 0, firstProcess: 'npm' }],
    ['it is not the parent', { pid: 18, ppid: 17, firstProcess: 'bash' }],
    ['it is an init that passes signals on', { pid: 18, ppid: 1, firstProcess: 'tini' }],
    ['its name only begins like one', { pid: 18, ppid: 1, firstProcess: 'shim' }],
    ['its name is not known', { pid: 18, ppid: 1, firstProcess: undefined }],
  ])('is nothing to warn of: %s', (_, around) => {
    expect(warningsOf(settings, [], { ...good, ...around })).toEqual([])
  })
})

const ofGracePeriod = (seconds: string | undefined) =>
  warningsOf(settings, [], { ...good, environment: { TERMINATION_GRACE_PERIOD_SECONDS: seconds } })

describe('the grace period', () => {
  test.each(['25', '10'])('of %s s is too short for 25,000 ms', (seconds) => {
    expect(ofGracePeriod(seconds)).toHaveLength(1)
    expect(ofGracePeriod(seconds)[0]).toContain('25000 ms')
    expect(ofGracePeriod(seconds)[0]).toContain(`${seconds} s`)
    expect(ofGracePeriod(seconds)[0]).toContain('Raise terminationGracePeriodSeconds above 25')
  })

  test.each(['26', '30', undefined, '', 'long'])('of %s is not', (seconds) => {
    expect(ofGracePeriod(seconds)).toEqual([])
  })
})

describe('keepAliveTimeout', () => {
  test('beyond what the drain can wait is told of, by server', () => {
    const warnings = warningsOf(settings, [server(65_000), server(5_000), server(20_001)], good)
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain('keepAliveTimeout is 65000 ms')
    expect(warnings[0]).toContain('drain has 20000 ms')
    expect(warnings[1]).toContain('20001 ms')
  })

  test.each([0, 5_000, 20_000])('of %i is within it', (keepAliveTimeout) => {
    expect(warningsOf(settings, [server(keepAliveTimeout)], good)).toEqual([])
  })

  test('is nothing that HTTP/2 has', () => {
    expect(warningsOf(settings, [createHttp2Server()], good)).toEqual([])
  })
})

test('what is around is this process', () => {
  expect(surroundings()).toMatchObject({ pid: process.pid, ppid: process.ppid, environment: process.env })
})

test('each is logged once, at the start', async () => {
  const warned: string[] = []
  const logger = { info() {}, warn: (_: object, message: string) => void warned.push(message), error() {} }
  const runtime = new FakeRuntime()
  const graceful = createGracefulWith(runtime, [server(65_000), server(70_000)], { admin: false, logger })
  expect(warned.filter((message) => message.includes('keepAliveTimeout is 65000'))).toHaveLength(1)
  expect(warned.filter((message) => message.includes('keepAliveTimeout is 70000'))).toHaveLength(1)
  const before = warned.length
  await runtime.complete(graceful.shutdown())
  expect(warned).toHaveLength(before)
})
