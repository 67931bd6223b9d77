import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { afterEach, describe, expect, test } from 'vitest'
import { createGracefulWith } from '../../../src/graceful.js'
import { promisedIdleTime } from '../../../src/connections/node/internals.js'
import {
  configurationWarnings,
  readProcessContext,
  type ProcessContext,
} from '../../../src/process/reporting/warnings.js'
import { FakeRuntime } from '../../harness/fake-runtime.js'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

const valid: ProcessContext = {
  pid: 1,
  ppid: 0,
  env: {},
  initProcess: 'node',
  isMainThread: true,
  isClusterWorker: false,
}
const shutdownDelay = { min: 5_000, expected: 5_000, max: 5_000 }
const budget = { shutdownDelay, timeout: 25_000, signals: ['SIGTERM', 'SIGINT'] as const }

test('a valid configuration causes no warning', () => {
  const env = { TERMINATION_GRACE_PERIOD_SECONDS: '26' }
  expect(configurationWarnings(budget, [5_000], { ...valid, env })).toEqual([])
})

describe('PID 1', () => {
  test.each(['npm', 'npm run start', 'npx', 'yarn', 'pnpm', 'sh', 'bash', 'dash', 'ash', 'zsh'])(
    'causes a warning if it is %s, which does not forward SIGTERM',
    (initProcess) => {
      const warnings = configurationWarnings(budget, [], { ...valid, pid: 18, ppid: 1, initProcess })
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain(`'${initProcess}'`)
      expect(warnings[0]).toContain('CMD ["node", "main.js"]')
    },
  )

  test.each<[condition: string, context: Partial<ProcessContext>]>([
    ['it is this process', { pid: 1, ppid: 0, initProcess: 'npm' }],
    ['it is not the parent', { pid: 18, ppid: 17, initProcess: 'bash' }],
    ['it is an init process that forwards signals', { pid: 18, ppid: 1, initProcess: 'tini' }],
    ['only the start of its name matches', { pid: 18, ppid: 1, initProcess: 'shim' }],
    ['its name is unknown', { pid: 18, ppid: 1, initProcess: undefined }],
  ])('causes no warning if %s', (_, context) => {
    expect(configurationWarnings(budget, [], { ...valid, ...context })).toEqual([])
  })
})

describe('a worker thread', () => {
  test('causes a warning, because it gets no signals', () => {
    const warnings = configurationWarnings(budget, [], { ...valid, isMainThread: false })
    expect(warnings).toEqual([expect.stringMatching(/^this is a worker thread, .* SIGTERM and SIGINT .* shutdown\(\)/)])
  })

  test('causes no warning without signals', () => {
    expect(configurationWarnings({ ...budget, signals: [] }, [], { ...valid, isMainThread: false })).toEqual([])
  })
})

describe('a cluster worker', () => {
  const worker = { ...valid, pid: 18, ppid: 1, isClusterWorker: true }

  test('causes a warning if its primary is PID 1', () => {
    expect(configurationWarnings(budget, [], worker)).toEqual([
      expect.stringMatching(/^the primary of this cluster worker is PID 1, .* send SIGTERM to each worker/),
    ])
  })

  test.each<[condition: string, signals: NodeJS.Signals[], context: Partial<ProcessContext>]>([
    ['its primary is another process', ['SIGTERM'], { ppid: 17 }],
    ['no cluster has started it', ['SIGTERM'], { isClusterWorker: false }],
    ['no signal starts a shutdown', [], {}],
  ])('causes no warning if %s', (_, signals, context) => {
    expect(configurationWarnings({ ...budget, signals }, [], { ...worker, ...context })).toEqual([])
  })
})

test.each(['thread', 'cluster'])('a worker of the kind %s is recognized', async (kind) => {
  const service = await Service.start({ fixture: 'worker.mjs', env: { KIND: kind } })
  const { warnings, context } = await service.waitFor((message) => message['warnings'] !== undefined)
  expect(context).toEqual({ isMainThread: kind !== 'thread', isClusterWorker: kind === 'cluster' })
  expect(warnings).toHaveLength(kind === 'thread' ? 1 : 0)
})

const warningsFor = (seconds: string | undefined) =>
  configurationWarnings(budget, [], { ...valid, env: { TERMINATION_GRACE_PERIOD_SECONDS: seconds } })

describe('the grace period', () => {
  test.each(['25', '10'])('causes a warning if %s s is too short for a timeout of 25,000 ms', (seconds) => {
    expect(warningsFor(seconds)).toHaveLength(1)
    expect(warningsFor(seconds)[0]).toContain('25000 ms')
    expect(warningsFor(seconds)[0]).toContain(`${seconds} s`)
    expect(warningsFor(seconds)[0]).toContain('Raise terminationGracePeriodSeconds above 25')
  })

  test.each(['26', '30', undefined, '', 'long'])('causes no warning if the variable is %s', (seconds) => {
    expect(warningsFor(seconds)).toEqual([])
  })
})

describe('keepAliveTimeout', () => {
  test('causes a warning for each server on which it is longer than the drain', () => {
    const warnings = configurationWarnings(budget, [65_000, 5_000, 20_001], valid)
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain('keepAliveTimeout (65000 ms)')
    expect(warnings[0]).toContain('the drain (20000 ms')
    expect(warnings[1]).toContain('20001 ms')
  })

  test.each([0, 5_000, 20_000])('causes no warning at %i ms, which fits into the drain', (keepAliveTimeout) => {
    expect(configurationWarnings(budget, [keepAliveTimeout], valid)).toEqual([])
  })

  test('does not exist for an HTTP/2 server', () => {
    expect(promisedIdleTime(createHttp2Server())).toBe(0)
  })
})

test('the context is that of this process', () => {
  expect(readProcessContext()).toMatchObject({ pid: process.pid, ppid: process.ppid, env: process.env })
})

test('each warning is logged once, at the start', async () => {
  const logged: string[] = []
  const logger = { info() {}, warn: (_: object, message: string) => void logged.push(message), error() {} }
  const runtime = new FakeRuntime()
  const servers = [65_000, 70_000].map((keepAliveTimeout) => Object.assign(createServer(), { keepAliveTimeout }))
  const graceful = createGracefulWith(runtime, servers, { admin: false, logger })
  expect(logged.filter((message) => message.includes('keepAliveTimeout (65000 ms)'))).toHaveLength(1)
  expect(logged.filter((message) => message.includes('keepAliveTimeout (70000 ms)'))).toHaveLength(1)
  const before = logged.length
  await runtime.complete(graceful.shutdown())
  expect(logged).toHaveLength(before)
})
