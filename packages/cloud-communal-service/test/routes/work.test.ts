import { get } from 'node:http'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { listening, loggedApp } from '../app.js'

describe('GET /work', () => {
  it.each([
    ['/work', 0],
    ['/work?ms=0', 0],
    ['/work?ms=30', 30],
  ])('%s answers', async (path, ms) => {
    const response = await request(loggedApp().app).get(path)
    expect(response.status).toBe(200)
    expect(response.body).toEqual({ ms })
  })

  it('answers a short request before a longer one that arrived first', async () => {
    const { app, lines, line } = loggedApp()
    await Promise.all([request(app).get('/work?ms=400'), request(app).get('/work?ms=10')])
    await line(({ path }) => path === '/work?ms=400')
    const ended = lines.filter(({ msg }) => msg === 'request')
    expect(ended.map(({ path }) => path)).toEqual(['/work?ms=10', '/work?ms=400'])
    expect(ended[1]?.['durationMs']).toBeGreaterThanOrEqual(399)
  })

  it.each(['', 'abc', '-1', '1.5', '60001', '1e3', '0x10', '%2010', '5&ms=6', 'Infinity', '99999999999'])(
    'rejects ms=%s with a reason',
    async (ms) => {
      const response = await request(loggedApp().app).get(`/work?ms=${ms}`)
      expect(response.status).toBe(400)
      const { reasons } = response.body as { reasons: string[] }
      expect(reasons).toHaveLength(1)
      expect(reasons[0]).toMatch(/^ms: received .+; accepted: a whole number from 0 to 60000$/)
    },
  )

  it('logs a request as aborted when the client disconnects', async () => {
    const { app, line } = loggedApp({ logLevel: 'debug' })
    const port = await listening(app)
    const call = get({ port, path: '/work?ms=60000', headers: { 'X-Request-Id': 'gone' } }).on('error', () => {})
    await line(({ msg, requestId }) => msg === 'request started' && requestId === 'gone')
    call.destroy()
    expect(await line(({ msg }) => msg === 'request')).toMatchObject({
      requestId: 'gone',
      outcome: 'aborted',
      status: null,
      bytes: 0,
    })
  })
})
