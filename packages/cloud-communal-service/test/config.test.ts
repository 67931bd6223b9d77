import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../src/config.js'

const problems = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('loadConfig', () => {
  it('has a default for every variable', () => {
    expect(loadConfig({ PATH: '/bin', HOME: '/' })).toEqual({
      port: 18_080,
      adminPort: 18_081,
      adminHost: undefined,
      version: 'dev',
      pod: hostname(),
      logLevel: 'info',
      shutdownDelay: undefined,
      shutdownTimeout: 25_000,
      databaseUrl: 'sqlite::memory:',
      databaseConnections: 5,
    })
  })

  it('reads every variable', () => {
    expect(
      loadConfig({
        PORT: '0',
        ADMIN_PORT: '0',
        ADMIN_HOST: '127.0.0.1',
        VERSION: 'v1.0.1+build.5',
        POD_NAME: 'cloud-communal-service-79ddd45bb8-r86bp',
        LOG_LEVEL: 'debug',
        SHUTDOWN_DELAY_MS: '2000-15000',
        SHUTDOWN_TIMEOUT_MS: '15001',
        DATABASE_URL: 'postgresql://board:secret@db.cloud:5432/board?sslmode=verify-full',
        DATABASE_CONNECTIONS: '3',
      }),
    ).toEqual({
      port: 0,
      adminPort: 0,
      adminHost: '127.0.0.1',
      version: 'v1.0.1+build.5',
      pod: 'cloud-communal-service-79ddd45bb8-r86bp',
      logLevel: 'debug',
      shutdownDelay: { min: 2_000, max: 15_000 },
      shutdownTimeout: 15_001,
      databaseUrl: 'postgresql://board:secret@db.cloud:5432/board?sslmode=verify-full',
      databaseConnections: 3,
    })
    expect(loadConfig({ SHUTDOWN_DELAY_MS: '0' }).shutdownDelay).toBe(0)
    expect(loadConfig({ SHUTDOWN_DELAY_MS: '500' }).shutdownDelay).toBe(500)
    const times = { min: 2_000, expected: 15_000, max: 40_000 }
    const env = { SHUTDOWN_DELAY_MS: '2000-15000-40000', SHUTDOWN_TIMEOUT_MS: '60000' }
    expect(loadConfig(env).shutdownDelay).toEqual(times)
    expect(loadConfig({ SHUTDOWN_DELAY_MS: '7-7-7' }).shutdownDelay).toEqual({ min: 7, expected: 7, max: 7 })
  })

  it.each([
    ['PORT', ['', 'abc', '-1', '65536', '80.5', ' 80', '0x50', 'tcp://10.96.0.1:18080']],
    ['ADMIN_PORT', ['', '65536']],
    ['VERSION', ['', 'two words', 'a\r\nSet-Cookie: x', 'x'.repeat(129)]],
    ['POD_NAME', ['', 'pöd']],
    ['LOG_LEVEL', ['', 'verbose', 'INFO', 'toString']],
    [
      'SHUTDOWN_DELAY_MS',
      ['', '5s', '-5', '2000-', '15000-2000', '1-3-2', '2-1-3', '1-2-3-4', '1--3', '99999999999', '2000-3600001'],
    ],
    ['SHUTDOWN_TIMEOUT_MS', ['', '0', '25s', '2000-15000']],
    ['DATABASE_CONNECTIONS', ['', '0', '101', 'ten']],
    ['ADMIN_HOST', ['', 'pod', '10.0.0', '127.0.0.1:80', '*']],
  ])('rejects an invalid %s', (name, values) => {
    const received = values.map((value) =>
      problems({ [name]: value }).map((problem) => problem.split('; accepted: ')[0]),
    )
    expect(received).toEqual(values.map((value) => [`${name}: received ${JSON.stringify(value)}`]))
  })

  it.each(['', 'db.cloud:5432', 'mysql://db/board', 'postgres:', 'postgres:///board', 'sqlite:', 'memory'])(
    'rejects %j as DATABASE_URL',
    (url) => {
      expect(problems({ DATABASE_URL: url })).toEqual([expect.stringMatching(/^DATABASE_URL: received a value that/)])
    },
  )

  it.each(['0.0.0.0', '::1', 'localhost'])('accepts %s as ADMIN_HOST', (host) => {
    expect(loadConfig({ ADMIN_HOST: host }).adminHost).toBe(host)
  })

  it.each([
    'postgres://board:s3%2Fcr%40t@db.cloud/board',
    'postgres://db.cloud/board',
    'postgres:///board?host=/var/run/postgresql',
    'sqlite:/data/notices.db',
    'sqlite:///data/notices.db',
    'sqlite:notices.db',
    'memory:',
  ])('accepts %s as DATABASE_URL', (url) => {
    expect(loadConfig({ DATABASE_URL: url }).databaseUrl).toBe(url)
  })

  it.each([
    'postgres://board:s3cret@db:99999/board',
    'postgres://board:s3/cr@t@/board',
    'board:s3cret@db/board',
    'mysql://db/s3cret',
    's3cret',
    // Without percent-encoding, the password ends the host: the rest would be the database, which the log shows.
    'postgres://board:12/s3cret@db/board',
    'postgres://board:12?s3cret@db/board',
    'postgres://board:12#s3cret@db/board',
    'postgres://board:s3cret%@db/board',
    'postgres://board:s3cret@db/%ff',
  ])('does not repeat any part of %s', (url) => {
    expect(problems({ DATABASE_URL: url })).toEqual([
      `DATABASE_URL: received a value that is not shown, because it may contain a password; accepted: postgres://USER:PASSWORD@HOST:5432/DATABASE, sqlite:FILE (sqlite::memory: is the default), memory:`,
    ])
  })

  it('reports every invalid variable at once', () => {
    const found = problems({ PORT: 'x', ADMIN_PORT: 'y', LOG_LEVEL: 'z', SHUTDOWN_TIMEOUT_MS: '-' })
    expect(found.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'ADMIN_PORT',
      'LOG_LEVEL',
      'SHUTDOWN_TIMEOUT_MS',
    ])
  })

  it('rejects the same port for both listeners', () => {
    expect(problems({ PORT: '8080', ADMIN_PORT: '8080' })).toEqual([
      `ADMIN_PORT: received "8080", which is also the value of PORT; accepted: a different port`,
    ])
  })

  it.each([
    ['30000', '30000'],
    ['2000-40000', '30000'],
    ['2000-15000-40000', '30000'],
  ])('rejects a delay of %s in a budget of %s', (delay, timeout) => {
    const [problem, ...more] = problems({ SHUTDOWN_DELAY_MS: delay, SHUTDOWN_TIMEOUT_MS: timeout })
    expect(more).toEqual([])
    expect(problem).toMatch(
      /^SHUTDOWN_TIMEOUT_MS: received "30000", which leaves no time to drain after SHUTDOWN_DELAY/,
    )
  })
})
