import { get, request as call } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Notice } from '../src/notices/store.js'
import { createPostgres } from './postgres.js'
import type { Postgres } from './postgres.js'
import { freePort, portOf, start } from './process.js'

const env = { PORT: '0', LOG_LEVEL: 'debug', SHUTDOWN_DELAY_MS: '500', SHUTDOWN_TIMEOUT_MS: '20000' }
let postgres: Postgres

beforeAll(async () => {
  postgres = await createPostgres()
  await postgres.start()
})
afterAll(() => postgres.remove())

interface Answer {
  status: number | undefined
  body: string
}
const ask = (port: number, path: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    get({ port, path, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
    }).on('error', reject)
  })
const post = (port: number, id: string, signal?: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'X-Request-Id': id }
    call({ port, path: '/notices', method: 'POST', agent: false, headers, ...(signal && { signal }) }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
    })
      .on('error', reject)
      .end(JSON.stringify({ title: id, body: 'b' }))
  })
/** Returns the error of a promise. The caller may await it later without an unhandled rejection. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
const nameOf = (url: string): string => new URL(url).pathname.slice(1)
const rowsOf = (url: string, id: string): Promise<{ id: string }[]> =>
  postgres.query(`SELECT id FROM notices WHERE request_id = '${id}'`, nameOf(url))

interface Running extends ReturnType<typeof start> {
  port: number
  ready: () => Promise<Answer>
  live: () => Promise<Answer>
}
const running = async (program: 'main' | 'naive', url: string, more: Record<string, string> = {}): Promise<Running> => {
  const adminPort = await freePort()
  const own = { ADMIN_PORT: `${adminPort}`, DATABASE_URL: url, POD_NAME: 'pod-a' }
  const service = start(program, { ...env, ...own, ...more })
  const port = await portOf(service)
  return { ...service, port, ready: () => ask(adminPort, '/readyz'), live: () => ask(adminPort, '/livez') }
}
/** Blocks every writer until the returned function is called. */
const holdWriters = async (url: string): Promise<() => Promise<unknown>> => {
  const lock = postgres
    .query('BEGIN; LOCK TABLE notices IN EXCLUSIVE MODE; SELECT pg_sleep(60)', nameOf(url))
    .catch(() => {})
  const asleep = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
  await expect.poll(() => postgres.query(`SELECT 1 ${asleep}`)).toHaveLength(1)
  return async () => {
    await postgres.query(`SELECT pg_terminate_backend(pid) ${asleep}`)
    await lock
  }
}
/** Posts a notice and disconnects while the database writes it. */
const postAndLeave = async (service: Running, id: string): Promise<void> => {
  const leaving = new AbortController()
  const posted = failure(post(service.port, id, leaving.signal))
  await expect.poll(() => postgres.query(WAITING)).toHaveLength(1)
  leaving.abort()
  expect(await posted).toMatchObject({ name: 'AbortError' })
  await service.line(({ outcome }) => outcome === 'aborted')
}
const WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
const CONNECTED = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'cloud-communal-service pod-a'"

describe('main with PostgreSQL', () => {
  it('commits and answers requests in flight at SIGTERM before it closes its connections', async () => {
    const url = await postgres.createDatabase()
    const service = await running('main', url)
    await expect.poll(async () => (await service.ready()).status).toBe(200)
    const release = await holdWriters(url)
    const posted = post(service.port, 'in-flight')
    await expect.poll(() => postgres.query(WAITING)).toHaveLength(1)
    service.child.kill('SIGTERM')
    await service.line(({ state }) => state === 'draining')
    expect(await rowsOf(url, 'in-flight')).toEqual([])
    expect((await postgres.query(CONNECTED)).length).toBeGreaterThan(0)
    await release()

    const { status, body } = await posted
    expect(status).toBe(201)
    expect(await service.exit).toEqual({ code: 0, stderr: '' })
    expect(await rowsOf(url, 'in-flight')).toEqual([{ id: (JSON.parse(body) as Notice).id }])
    const order = service.lines.map(({ msg, state }) => (state as string | undefined) ?? msg)
    expect(order.indexOf('closing')).toBeGreaterThan(order.indexOf('request'))
    const { report } = service.lines.find((line) => 'report' in line) as unknown as { report: { hooks: unknown[] } }
    expect(report.hooks).toEqual([expect.objectContaining({ name: 'notices', outcome: 'done' })])
    await expect.poll(() => postgres.query(CONNECTED)).toEqual([])
  })

  it('waits for an unavailable database: alive, not ready, and serving routes without it', async () => {
    const url = await postgres.createDatabase()
    await postgres.stop()
    const service = await running('main', url)
    const waiting = await service.line(({ msg }) => msg.startsWith('cannot open the notice store, retrying'))
    expect(waiting.msg).toMatch(
      /^cannot open the notice store, retrying every second: PostgreSQL test_\d+ at 127\.0\.0\.1:\d+: connect ECONNREFUSED/,
    )
    const { status, body } = await service.ready()
    expect(status).toBe(503)
    expect(body).toMatch(/"notices":"PostgreSQL test_\d+ at .+: connect ECONNREFUSED/)
    expect((await service.live()).status).toBe(200)
    expect((await ask(service.port, '/')).status).toBe(200)
    expect(await post(service.port, 'early')).toMatchObject({
      status: 503,
      body: expect.stringContaining('nothing was stored') as string,
    })
    await postgres.start()
    await expect.poll(async () => (await service.ready()).status).toBe(200)
    expect((await post(service.port, 'late')).status).toBe(201)
    expect(await rowsOf(url, 'early')).toEqual([])
    expect(await rowsOf(url, 'late')).toHaveLength(1)
    service.child.kill('SIGTERM')
    expect((await service.exit).code).toBe(0)
    expect(service.lines.filter(({ msg }) => msg.startsWith('cannot open the notice store, retrying'))).toHaveLength(1)
  })

  it('exits at SIGTERM while it still waits for its database', async () => {
    const gone = await freePort()
    const service = await running('main', `postgres://board:secret@127.0.0.1:${gone}/board`)
    await service.line(({ msg }) => msg.startsWith('cannot open the notice store, retrying'))
    service.child.kill('SIGTERM')
    expect(await service.exit).toEqual({ code: 0, stderr: '' })
    expect(JSON.stringify(service.lines)).not.toContain('secret')
  })

  it('fails readiness and stays alive while the database is unavailable, and then serves again', async () => {
    const url = await postgres.createDatabase()
    const service = await running('main', url)
    await expect.poll(async () => (await service.ready()).status).toBe(200)
    expect((await post(service.port, 'before')).status).toBe(201)
    await postgres.stop()
    const { status, body } = await service.ready()
    expect(status).toBe(503)
    expect(body).toMatch(/"notices":"/)
    expect((await service.live()).status).toBe(200)
    expect((await post(service.port, 'away')).status).toBe(503)
    await postgres.start()
    await expect.poll(async () => (await service.ready()).status).toBe(200)
    expect((await post(service.port, 'after')).status).toBe(201)
    for (const [id, rows] of [
      ['before', 1],
      ['away', 0],
      ['after', 1],
    ] as const) {
      expect(await rowsOf(url, id)).toHaveLength(rows)
    }
    service.child.kill('SIGTERM')
    expect((await service.exit).code).toBe(0)
  })

  it('finishes the request of a client that has left before it closes the connection', async () => {
    const url = await postgres.createDatabase()
    const service = await running('main', url)
    await expect.poll(async () => (await service.ready()).status).toBe(200)
    const release = await holdWriters(url)
    await postAndLeave(service, 'left')
    service.child.kill('SIGTERM')
    await service.line(({ state }) => state === 'closing')
    await release()
    expect((await service.exit).code).toBe(0)
    expect(await rowsOf(url, 'left')).toHaveLength(1)
  })

  it('exits with 1 at the end of its budget if the database does not respond, and reports the hook', async () => {
    const url = await postgres.createDatabase()
    const service = await running('main', url, { SHUTDOWN_TIMEOUT_MS: '2000' })
    await expect.poll(async () => (await service.ready()).status).toBe(200)
    const release = await holdWriters(url)
    await postAndLeave(service, 'left')
    await postgres.freeze(true)
    try {
      service.child.kill('SIGTERM')
      expect((await service.exit).code).toBe(1)
    } finally {
      await postgres.freeze(false)
      await release()
    }
    const { report } = service.lines.find((line) => 'report' in line) as unknown as { report: { hooks: unknown[] } }
    expect(report.hooks).toEqual([expect.objectContaining({ name: 'notices', outcome: 'timed-out' })])
  })
})

describe.each(['main', 'naive'] as const)('%s', (program) => {
  it.each([
    [
      'a wrong password',
      () => postgres.url().replace(/:[^:@]+@/, ':wrong@'),
      /password authentication failed for user/,
    ],
    ['an unknown database', () => postgres.url('nope'), /database "nope" does not exist/],
    ['a file in a missing folder', () => 'sqlite:/nowhere/notices.db', /SQLite cannot use \/nowhere\/notices\.db/],
  ])('exits with 1 and one fatal line for %s', async (_, url, reason) => {
    const service = start(program, { ...env, ADMIN_PORT: '0', DATABASE_URL: url() })
    expect((await service.exit).code).toBe(1)
    const fatal = service.lines.filter(({ level }) => level === 'fatal')
    expect(fatal).toHaveLength(1)
    expect(fatal[0]?.msg).toMatch(/^cannot open the notice store: /)
    expect(fatal[0]?.msg).toMatch(reason)
  })
})

describe('the naive twin with PostgreSQL', () => {
  it('leaves a POST without a response, and the table shows whether it was executed', async () => {
    const url = await postgres.createDatabase()
    const service = await running('naive', url)
    await service.line(({ msg }) => msg.startsWith('keeping notices in'))
    expect((await post(service.port, 'answered')).status).toBe(201)
    const release = await holdWriters(url)
    const posted = failure(post(service.port, 'cut'))
    await expect.poll(() => postgres.query(WAITING)).toHaveLength(1)
    service.child.kill('SIGTERM')
    expect(await posted).toMatchObject({ code: 'ECONNRESET' })
    await release()
    expect(await rowsOf(url, 'answered')).toHaveLength(1)
    // The server already had the statement: it commits, although the client gets no response.
    await expect.poll(() => rowsOf(url, 'cut')).toHaveLength(1)
  })
})
