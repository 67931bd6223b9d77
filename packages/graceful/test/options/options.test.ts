import { createServer } from 'node:http'
import { Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { createGracefulWith } from '../../src/graceful.js'
import { silentLogger, stderrLogger } from '../../src/process/reporting/logger.js'
import type { AdaptiveDelay, GracefulOptions } from '../../src/types.js'
import { resolveOptions } from '../../src/options/settings.js'
import { FakeRuntime } from '../harness/fake-runtime.js'

/** Returns the message of the TypeError that `act` throws. */
function errorOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
  throw new Error('no error was thrown')
}

const noop = () => {}

const optionsOf = (options: unknown) => resolveOptions(options as GracefulOptions)

describe('defaults', () => {
  test('match the documentation', () => {
    expect(resolveOptions()).toEqual({
      shutdownDelay: { min: 2_000, expected: 10_000, max: 15_000 },
      explicitDelay: false,
      timeout: 25_000,
      admin: { port: 18_081, host: undefined },
      signals: ['SIGTERM', 'SIGINT'],
      logger: stderrLogger,
      registry: undefined,
      signalListeners: 'deferred',
      eventStreams: 'close',
      closeUpgraded: undefined,
      shutdownOnCrash: true,
      exit: true,
    })
  })

  test('replace an option that is undefined', () => {
    const options = { timeout: undefined, shutdownDelay: undefined, admin: undefined, signals: undefined }
    expect(optionsOf(options)).toEqual(resolveOptions())
  })

  test.each([1, 400, 4_000, 10_000, 60_000, 600_000])(
    'the delay leaves time to drain in a timeout of %i',
    (timeout) => {
      const { min, expected, max } = resolveOptions({ timeout }).shutdownDelay
      expect(min).toBeLessThanOrEqual(Math.min(2_000, timeout / 4))
      expect(expected).toBeLessThanOrEqual(Math.min(10_000, timeout * 0.4))
      expect(timeout - max).toBeGreaterThanOrEqual(Math.min(10_000, timeout * 0.4))
      expect(min).toBeLessThan(expected)
      expect(expected).toBeLessThan(max)
    },
  )

  test.each([
    [10_000, 6_000],
    [25_000, 15_000],
    [30_000, 20_000],
    [50_000, 40_000],
    [70_000, 60_000],
    [600_000, 60_000],
  ])('the longest delay in a timeout of %i is %i', (timeout, max) => {
    expect(resolveOptions({ timeout }).shutdownDelay.max).toBe(max)
  })
})

describe('options of the caller', () => {
  test('are kept', () => {
    const registry = new Registry()
    const exit = noop
    const closeUpgraded = noop
    expect(
      resolveOptions({
        shutdownDelay: { min: 0, expected: 12_000, max: 30_000 },
        timeout: 50_000,
        admin: { port: 0, host: '127.0.0.1' },
        signals: ['SIGHUP'],
        logger: silentLogger,
        metrics: { registry },
        signalListeners: 'immediate',
        eventStreams: 'wait',
        closeUpgraded,
        shutdownOnCrash: false,
        exit,
      }),
    ).toEqual({
      shutdownDelay: { min: 0, expected: 12_000, max: 30_000 },
      explicitDelay: true,
      timeout: 50_000,
      admin: { port: 0, host: '127.0.0.1' },
      signals: ['SIGHUP'],
      logger: silentLogger,
      registry,
      signalListeners: 'immediate',
      eventStreams: 'wait',
      closeUpgraded,
      shutdownOnCrash: false,
      exit,
    })
  })

  test('a number is a fixed delay, false disables the admin listener and the log, and a signal counts once', () => {
    const { shutdownDelay, admin, logger, signals } = resolveOptions({
      shutdownDelay: 5_000,
      admin: false,
      logger: false,
      signals: ['SIGTERM', 'SIGTERM'],
    })
    expect({ shutdownDelay, admin, logger, signals }).toEqual({
      shutdownDelay: { min: 5_000, expected: 5_000, max: 5_000 },
      admin: undefined,
      logger: silentLogger,
      signals: ['SIGTERM'],
    })
  })
})

describe('times of the delay that the caller leaves out', () => {
  test.each<[string, AdaptiveDelay, timeout: number, Record<keyof AdaptiveDelay, number>]>([
    ['expected is max', { min: 2_000, max: 15_000 }, 25_000, { min: 2_000, expected: 15_000, max: 15_000 }],
    ['max follows from timeout', { min: 1_000, expected: 8_000 }, 50_000, { min: 1_000, expected: 8_000, max: 40_000 }],
    [
      'max is at least expected',
      { min: 1_000, expected: 20_000 },
      25_000,
      { min: 1_000, expected: 20_000, max: 20_000 },
    ],
    ['expected has its default without max', { min: 1_000 }, 50_000, { min: 1_000, expected: 10_000, max: 40_000 }],
    ['expected is at least min', { min: 12_000 }, 25_000, { min: 12_000, expected: 12_000, max: 15_000 }],
  ])('%s', (_, shutdownDelay, timeout, expected) => {
    expect(resolveOptions({ shutdownDelay, timeout }).shutdownDelay).toEqual(expected)
  })

  test('may be undefined', () => {
    const shutdownDelay = { min: 2_000, expected: undefined, max: undefined }
    expect(optionsOf({ shutdownDelay }).shutdownDelay).toEqual({ min: 2_000, expected: 10_000, max: 15_000 })
  })
})

describe('an invalid value causes a TypeError with the option and the value received', () => {
  test.each<[option: string, received: string, options: unknown]>([
    ['options', 'null', null],
    ['options', '5000', 5_000],
    ['timeout', '0', { timeout: 0 }],
    ['timeout', '-1', { timeout: -1 }],
    ['timeout', 'NaN', { timeout: Number.NaN }],
    ['timeout', 'Infinity', { timeout: Number.POSITIVE_INFINITY }],
    ['timeout', '2147483648', { timeout: 2 ** 31 }],
    ['timeout', "'25s'", { timeout: '25s' }],
    ['shutdownDelay', '-5', { shutdownDelay: -5 }],
    ['shutdownDelay', "'5000'", { shutdownDelay: '5000' }],
    ['shutdownDelay', 'null', { shutdownDelay: null }],
    ['shutdownDelay', '25000', { shutdownDelay: 25_000 }],
    ['shutdownDelay', '3000', { shutdownDelay: 3_000, timeout: 3_000 }],
    ['shutdownDelay.min', 'undefined', { shutdownDelay: { max: 5_000 } }],
    ['shutdownDelay.min', "'2s'", { shutdownDelay: { min: '2s', max: 5_000 } }],
    ['shutdownDelay.min', '6000', { shutdownDelay: { min: 6_000, max: 5_000 } }],
    ['shutdownDelay.min', '6000', { shutdownDelay: { min: 6_000, expected: 5_000, max: 10_000 } }],
    ['shutdownDelay.min', '25000', { shutdownDelay: { min: 25_000 } }],
    ['shutdownDelay.expected', "'10s'", { shutdownDelay: { min: 2_000, expected: '10s' } }],
    ['shutdownDelay.expected', '12000', { shutdownDelay: { min: 2_000, expected: 12_000, max: 10_000 } }],
    ['shutdownDelay.expected', '25000', { shutdownDelay: { min: 2_000, expected: 25_000 } }],
    ['shutdownDelay.max', 'null', { shutdownDelay: { min: 2_000, max: null } }],
    ['shutdownDelay.max', '30000', { shutdownDelay: { min: 2_000, max: 30_000 } }],
    ['admin', 'true', { admin: true }],
    ['admin', '18081', { admin: 18_081 }],
    ['admin', 'null', { admin: null }],
    ['admin.port', '65536', { admin: { port: 65_536 } }],
    ['admin.port', '-1', { admin: { port: -1 } }],
    ['admin.port', "'8080'", { admin: { port: '8080' } }],
    ['admin.port', '80.5', { admin: { port: 80.5 } }],
    ['admin.host', '1', { admin: { host: 1 } }],
    ['signals', "'SIGTERM'", { signals: 'SIGTERM' }],
    ['signals[1]', "'SIGTREM'", { signals: ['SIGTERM', 'SIGTREM'] }],
    ['signals[0]', '15', { signals: [15] }],
    ['signals[0]', "'SIGKILL'", { signals: ['SIGKILL'] }],
    ['signals[0]', "'SIGSTOP'", { signals: ['SIGSTOP'] }],
    ['logger', 'true', { logger: true }],
    ['logger', 'null', { logger: null }],
    ['logger', '[Function: log]', { logger: console.log }],
    ['logger', '{ info: [Function: info], warn: [Function: warn] }', { logger: { info() {}, warn() {} } }],
    ['metrics', 'null', { metrics: null }],
    ['metrics.registry', 'undefined', { metrics: {} }],
    ['metrics.registry', '{}', { metrics: { registry: {} } }],
    ['eventStreams', "'end'", { eventStreams: 'end' }],
    ['eventStreams', "'finish'", { eventStreams: 'finish' }],
    ['closeUpgraded', "'end'", { closeUpgraded: 'end' }],
    ['shutdownOnCrash', "'yes'", { shutdownOnCrash: 'yes' }],
    ['exit', '1', { exit: 1 }],
    ['exit', 'null', { exit: null }],
    ['timeout', 'null', { timeout: null }],
    ['signals', 'null', { signals: null }],
    ['signalListeners', 'true', { signalListeners: true }],
    ['eventStreams', 'null', { eventStreams: null }],
    ['shutdownOnCrash', 'null', { shutdownOnCrash: null }],
  ])('%s: %s', (option, received, options) => {
    const message = errorOf(() => optionsOf(options))
    expect(message).toMatch(/^graceful: [\w.[\]]+ must be .+; received .+$/)
    expect(message.startsWith(`graceful: ${option} must be `)).toBe(true)
    expect(message.endsWith(`; received ${received}`)).toBe(true)
  })

  test('an unknown option, with the valid options', () => {
    const message = errorOf(() => optionsOf({ shutdownTimeout: 5_000 }))
    expect(message).toContain("unknown option 'shutdownTimeout'")
    expect(message).toContain('5000')
    for (const option of [
      'shutdownDelay',
      'timeout',
      'admin',
      'signals',
      'logger',
      'metrics',
      'shutdownOnCrash',
      'exit',
    ]) {
      expect(message).toContain(option)
    }
  })

  test.each<[option: string, value: unknown, received: string, advice: string]>([
    ['webSocketServers', [], '[]', 'the library finds WebSockets without an option; remove it'],
    ['crashes', false, 'false', 'its name is now shutdownOnCrash'],
    ['drainUpgraded', null, 'null', 'its name is now closeUpgraded'],
  ])('an option of an earlier version, with advice: %s', (option, value, received, advice) => {
    expect(errorOf(() => optionsOf({ [option]: value }))).toBe(
      `graceful: unknown option '${option}' (received ${received}); ${advice}`,
    )
  })

  test('the values of eventStreams of an earlier version, with the new ones', () => {
    for (const value of ['end', 'finish']) {
      expect(errorOf(() => optionsOf({ eventStreams: value }))).toContain(
        "'close' (before: 'end'), 'wait' (before: 'finish')",
      )
    }
  })

  test.each<[option: string, received: string, options: unknown]>([
    ['admin.prot', '8080', { admin: { prot: 8_080 } }],
    ['shutdownDelay.maximum', '9000', { shutdownDelay: { min: 0, max: 5_000, maximum: 9_000 } }],
  ])('an unknown option inside another option: %s', (option, received, options) => {
    const message = errorOf(() => optionsOf(options))
    expect(message).toContain(`'${option}'`)
    expect(message).toContain(received)
  })

  test.each<[received: string, server: unknown]>([
    ['undefined', undefined],
    ['[]', []],
    ['[Function: noop]', noop],
    ['null', [createServer(), null]],
  ])('server: %s', (received, server) => {
    const act = () => createGracefulWith(new FakeRuntime(), server as never, { admin: false, logger: false })
    const message = errorOf(act)
    expect(message).toMatch(/^graceful: server must be an http, https or http2 server/)
    expect(message.endsWith(`; received ${received}`)).toBe(true)
  })

  test.each<[named: string, received: string, use: (graceful: never) => unknown]>([
    ['a readiness check', "''", ({ addReadinessCheck }) => (addReadinessCheck as Add)('', () => {})],
    ["check 'db'", '-1', ({ addReadinessCheck }) => (addReadinessCheck as Add)('db', () => {}, { timeout: -1 })],
    ["readiness check 'db'", 'true', ({ addReadinessCheck }) => (addReadinessCheck as Add)('db', true)],
    ['a shutdown hook', "''", ({ onShutdown }) => (onShutdown as Add)('', () => {})],
    ["shutdown hook 'db'", 'undefined', ({ onShutdown }) => (onShutdown as Add)('db', undefined)],
    ["hook 'db'", "'5s'", ({ onShutdown }) => (onShutdown as Add)('db', () => {}, { timeout: '5s' })],
    ["hook 'db'", "'first'", ({ onShutdown }) => (onShutdown as Add)('db', () => {}, { order: 'first' })],
    ['notReady', "''", ({ notReady }) => (notReady as (reason: string) => void)('')],
  ])('%s: %s', (named, received, use) => {
    const graceful = createGracefulWith(new FakeRuntime(), createServer(), { admin: false, logger: false })
    const message = errorOf(() => use(graceful as never))
    expect(message).toContain(named)
    expect(message.endsWith(`; received ${received}`)).toBe(true)
  })
})

type Add = (name: string, value: unknown, options?: object) => void
