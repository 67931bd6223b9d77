import { afterEach, describe, expect, test } from 'vitest'
import { silentLogger, stderrLogger } from '../../src/process/reporting/logger.js'
import { preloadLogger, readOptions, variablesWarnings } from '../../src/register/variables.js'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, Program } from '../harness/program.js'

afterEach(killPrograms)

test.each<[name: string, value: string, options: object]>([
  ['SHUTDOWN_DELAY', '5000', { shutdownDelay: 5_000 }],
  ['SHUTDOWN_DELAY', '0', { shutdownDelay: 0 }],
  ['SHUTDOWN_DELAY', ' 2000-15000 ', { shutdownDelay: { min: 2_000, max: 15_000 } }],
  ['SHUTDOWN_DELAY', '2000-10000-20000', { shutdownDelay: { min: 2_000, expected: 10_000, max: 20_000 } }],
  ['TIMEOUT', '30000', { timeout: 30_000 }],
  ['ADMIN_PORT', '9000', { admin: { port: 9_000 } }],
  ['ADMIN_PORT', 'off', { admin: false }],
  ['ADMIN_HOST', '127.0.0.1', { admin: { host: '127.0.0.1' } }],
  ['SIGNALS', 'SIGTERM, SIGHUP', { signals: ['SIGTERM', 'SIGHUP'] }],
  ['SIGNALS', 'off', { signals: [] }],
  ['SIGNAL_LISTENERS', 'immediate', { signalListeners: 'immediate' }],
  ['LOGGER', 'off', { logger: false }],
  ['LOGGER', 'stderr', {}],
  ['EVENT_STREAMS', 'wait', { eventStreams: 'wait' }],
  ['SHUTDOWN_ON_CRASH', 'false', { shutdownOnCrash: false }],
  ['TIMEOUT', '', {}],
])('GRACEFUL_%s=%s', (name, value, options) => {
  expect(readOptions({ [`GRACEFUL_${name}`]: value })).toEqual(options)
})

test('the port and the host of the admin listener are set together, and `off` counts', () => {
  expect(readOptions({ GRACEFUL_ADMIN_PORT: '9000', GRACEFUL_ADMIN_HOST: '::1' })).toEqual({
    admin: { port: 9_000, host: '::1' },
  })
  expect(readOptions({ GRACEFUL_ADMIN_PORT: 'off', GRACEFUL_ADMIN_HOST: '::1' })).toEqual({ admin: false })
})

describe('an invalid value throws an error that names the variable and the value', () => {
  test.each([
    ['SHUTDOWN_DELAY', '5s'],
    ['SHUTDOWN_DELAY', '1-2-3-4'],
    ['SHUTDOWN_DELAY', '-5'],
    ['TIMEOUT', '0'],
    ['SIGNAL_LISTENERS', 'later'],
    ['TIMEOUT', '25 s'],
    ['ADMIN_PORT', '65536'],
    ['ADMIN_PORT', 'false'],
    ['SIGNALS', 'TERM'],
    ['SIGNALS', 'SIGFOO'],
    ['SIGNALS', 'SIGKILL'],
    ['LOGGER', 'pino'],
    ['EVENT_STREAMS', 'end'],
    ['SHUTDOWN_ON_CRASH', 'yes'],
    ['READY_PORT', '0'],
    ['READY_PORT', 'http'],
  ])('GRACEFUL_%s=%s', (name, value) => {
    const act = () => readOptions({ [`GRACEFUL_${name}`]: value })
    expect(act).toThrow(TypeError)
    expect(act).toThrow(`GRACEFUL_${name}`)
    expect(act).toThrow(value)
  })

  test('two values that contradict each other', () => {
    const both = { GRACEFUL_SHUTDOWN_DELAY: '30000', GRACEFUL_TIMEOUT: '25000' }
    expect(() => readOptions(both)).toThrow('GRACEFUL_SHUTDOWN_DELAY=30000 GRACEFUL_TIMEOUT=25000')
    expect(() => readOptions({ GRACEFUL_SHUTDOWN_DELAY: '9000-2000' })).toThrow('GRACEFUL_SHUTDOWN_DELAY=9000-2000')
  })
})

test('a misspelt name causes a warning with the nearest name', () => {
  const env = { GRACEFUL_SHUTDOWN_DELLAY: '1', GRACEFUL_TIMEOUT: '1', GRACEFUL_PORT: '1', OTHER: '1' }
  const warnings = variablesWarnings(env)
  expect(warnings).toHaveLength(2)
  expect(warnings[0]).toContain('GRACEFUL_SHUTDOWN_DELLAY (did you mean GRACEFUL_SHUTDOWN_DELAY?)')
  expect(warnings[1]).toContain('GRACEFUL_PORT')
})

test('the logger of the preload follows GRACEFUL_LOGGER', () => {
  expect(preloadLogger({})).toBe(stderrLogger)
  expect(preloadLogger({ GRACEFUL_LOGGER: 'off' })).toBe(silentLogger)
})

test('a program with an invalid variable fails when it calls listen', async () => {
  const [port] = await freePorts(1)
  const program = new Program('server.mjs', { env: { PORT: `${port}`, GRACEFUL_TIMEOUT: '25s' } })
  expect(await program.exited).toEqual({ code: 1, signal: null })
  const text = program.messages.map(({ line }) => line).join('\n')
  expect(text).toContain(
    "the environment variable GRACEFUL_TIMEOUT must be a number of milliseconds above 0, such as 25000; received '25s'",
  )
})
