import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { freePort, portOf, start, takenPort } from './process.js'

const env = { PORT: '0', ADMIN_PORT: '0', LOG_LEVEL: 'debug', SHUTDOWN_DELAY_MS: '3000', SHUTDOWN_TIMEOUT_MS: '20000' }

interface Answer {
  status: number | undefined
  connection: string | undefined
  body: string
}

/** Sends one request on a new connection. */
const ask = (port: number, path: string, id = 'test', host = 'localhost'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    get({ port, host, path, agent: false, headers: { 'X-Request-Id': id, Connection: 'keep-alive' } }, (response) => {
      const { statusCode: status, headers } = response
      text(response).then((body) => resolve({ status, connection: headers.connection, body }), reject)
    }).on('error', reject)
  })

describe.each(['main', 'naive'] as const)('%s', (program) => {
  it('exits with 2 and reports every invalid variable of its environment', async () => {
    const service = start(program, { PORT: 'eighty', LOG_LEVEL: 'loud', SHUTDOWN_DELAY_MS: '5s' })
    const { code, stderr } = await service.exit
    expect(code).toBe(2)
    expect(stderr.split('\n')).toEqual([
      'invalid environment:',
      '  PORT: received "eighty"; accepted: a port, 0 to 65535 (0: the system chooses)',
      expect.stringMatching(/^ {2}LOG_LEVEL: received "loud"; accepted: trace, debug, info/) as string,
      expect.stringMatching(/^ {2}SHUTDOWN_DELAY_MS: received "5s"; accepted: milliseconds/) as string,
      '',
    ])
    expect(service.lines).toEqual([])
  })

  it('exits with 1 and names the variable when its port is taken', async () => {
    const port = await takenPort()
    const service = start(program, { ...env, PORT: `${port}` })
    expect((await service.exit).code).toBe(1)
    expect(service.lines.map(({ level, msg }) => `${level} ${msg}`)).toContainEqual(
      expect.stringContaining(`fatal cannot listen on port ${port} (PORT): listen EADDRINUSE`),
    )
  })

  it('exits with 1 when the port of the probes is taken', async () => {
    const port = await takenPort()
    const service = start(program, { ...env, ADMIN_PORT: `${port}` })
    const { code, stderr } = await service.exit
    expect(code).toBe(1)
    expect(`${JSON.stringify(service.lines)} ${stderr}`).toMatch(new RegExp(`listen on port ${port} \\(`))
  })
})

describe.each(['main', 'naive'] as const)('%s', (program) => {
  it('serves its probes on ADMIN_HOST only', async () => {
    const adminPort = await freePort()
    const service = start(program, { ...env, ADMIN_PORT: `${adminPort}`, ADMIN_HOST: '127.0.0.2' })
    const port = await portOf(service)
    await expect
      .poll(() => ask(adminPort, '/livez', 'test', '127.0.0.2').catch(() => undefined))
      .toMatchObject({ status: 200 })
    await expect(ask(adminPort, '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect((await ask(port, '/')).status).toBe(200)
  })
})

describe('main', () => {
  it('serves until the delay is over, finishes its requests, and exits with 0', async () => {
    const adminPort = await freePort()
    const service = start('main', { ...env, ADMIN_PORT: `${adminPort}`, VERSION: 'v7', POD_NAME: 'pod-7' })
    const port = await portOf(service)
    expect((await ask(adminPort, '/readyz')).status).toBe(200)

    const slow = ask(port, '/work?ms=6000', 'slow')
    await service.line(({ msg, requestId }) => msg === 'request started' && requestId === 'slow')
    service.child.kill('SIGTERM')
    await service.line(({ state }) => state === 'lameDuck')

    expect((await ask(adminPort, '/readyz')).status).toBe(503)
    expect((await ask(adminPort, '/livez')).status).toBe(200)
    const late = await ask(port, '/', 'late')
    expect(late).toMatchObject({ status: 200, connection: 'close' })
    expect(JSON.parse(late.body)).toEqual({ service: 'cloud-communal-service', version: 'v7', pod: 'pod-7' })

    await service.line(({ state }) => state === 'draining')
    await expect(ask(port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(await slow).toMatchObject({ status: 200, body: '{"ms":6000}', connection: 'close' })

    expect(await service.exit).toEqual({ code: 0, stderr: '' })
    const requests = service.lines.filter(({ msg }) => msg === 'request')
    expect(requests.map(({ requestId, outcome, status }) => ({ requestId, outcome, status }))).toEqual([
      { requestId: 'late', outcome: 'finished', status: 200 },
      { requestId: 'slow', outcome: 'finished', status: 200 },
    ])
  })

  it('ends a stream of events when the drain starts, without cutting an event', async () => {
    const service = start('main', { ...env, SHUTDOWN_DELAY_MS: '500' })
    const port = await portOf(service)
    const stream = ask(port, '/events?every=100', 'events')
    await service.line(({ msg, requestId }) => msg === 'request started' && requestId === 'events')
    service.child.kill('SIGTERM')
    expect((await stream).body).toMatch(/^retry: 1000\n\n(id: \d+\ndata: .+\n\n)+$/)
    expect((await service.exit).code).toBe(0)
    const order = service.lines.map(({ msg, state }) => state ?? msg)
    expect(order.indexOf('request')).toBeGreaterThan(order.indexOf('draining'))
  })

  it('exits with 1 at the end of its budget, and logs the open request', async () => {
    const service = start('main', { ...env, SHUTDOWN_DELAY_MS: '0', SHUTDOWN_TIMEOUT_MS: '1500' })
    const port = await portOf(service)
    const hung = ask(port, '/work?ms=60000', 'hung')
    await service.line(({ msg, requestId }) => msg === 'request started' && requestId === 'hung')
    service.child.kill('SIGTERM')
    await expect(hung).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await service.exit).code).toBe(1)
    expect(service.lines.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/cut at the end of the drain: GET \/work/),
    )
    expect(service.lines.find(({ msg }) => msg === 'request')).toMatchObject({ requestId: 'hung', outcome: 'aborted' })
  })
})

describe('the naive twin', () => {
  it('passes its probes to the end, and cuts its requests', async () => {
    const service = start('naive', env)
    const port = await portOf(service)
    const adminPort = await portOf(service, 'ADMIN_PORT')
    for (const probe of ['/livez', '/readyz', '/startupz', '/readyz?x']) {
      expect((await ask(adminPort, probe)).status).toBe(200)
    }
    expect((await ask(adminPort, '/metrics')).status).toBe(404)
    expect((await ask(port, '/')).status).toBe(200)

    const slow = ask(port, '/work?ms=60000', 'slow')
    await service.line(({ msg, requestId }) => msg === 'request started' && requestId === 'slow')
    service.child.kill('SIGTERM')
    await expect(slow).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await service.exit).toEqual({ code: 0, stderr: '' })
    await expect(ask(port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
