import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { loggedApp } from '../app.js'
import { memoryStore } from '../../src/notices/memory.js'

describe('errors', () => {
  it('answers 404 as JSON with the path', async () => {
    const response = await request(loggedApp().app).get('/nowhere?x=1').set('X-Request-Id', 'id-1')
    expect(response.status).toBe(404)
    expect(response.type).toBe('application/json')
    expect(response.body).toEqual({ error: 'Not Found', reasons: ['Nothing is served at /nowhere'], requestId: 'id-1' })
  })

  it.each([
    ['delete', '/', 'GET, HEAD, OPTIONS'],
    ['post', '/work', 'GET, HEAD, OPTIONS'],
    ['put', '/stream', 'GET, HEAD, OPTIONS'],
    ['post', '/events', 'GET, HEAD, OPTIONS'],
    ['get', '/upload', 'POST, OPTIONS'],
    ['patch', '/notices', 'GET, HEAD, POST, OPTIONS'],
    ['delete', '/notices/1', 'GET, HEAD, OPTIONS'],
  ] as const)('answers %s %s with 405 and the allowed methods', async (method, path, allowed) => {
    const response = await request(loggedApp().app)[method](path)
    expect(response.status).toBe(405)
    expect(response.headers['allow']).toBe(allowed)
    expect(response.body).toMatchObject({
      error: 'Method Not Allowed',
      reasons: [`${method.toUpperCase()} is not served at ${path}; accepted: ${allowed}`],
    })
  })

  it('answers OPTIONS with the allowed methods', async () => {
    const response = await request(loggedApp().app).options('/notices')
    expect(response.status).toBe(204)
    expect(response.headers['allow']).toBe('GET, HEAD, POST, OPTIONS')
  })

  it('answers 500 without the cause, which is in the log', async () => {
    const failing = { ...memoryStore(), latest: () => Promise.reject(new Error('password is hunter2')) }
    const { app, line } = loggedApp({ notices: failing })
    const response = await request(app).get('/notices').set('X-Request-Id', 'id-5')
    expect(response.status).toBe(500)
    expect(response.body).toEqual({
      error: 'Internal Server Error',
      reasons: ['The service failed; its log has the cause under this request id'],
      requestId: 'id-5',
    })
    const logged = await line(({ msg }) => msg === 'request failed')
    expect(logged).toMatchObject({ level: 'error', requestId: 'id-5', err: { message: 'password is hunter2' } })
    expect(await line(({ msg }) => msg === 'request')).toMatchObject({ status: 500 })
  })

  it('continues to serve after a failure', async () => {
    const failing = { ...memoryStore(), latest: () => Promise.reject(new Error('once')) }
    const { app } = loggedApp({ notices: failing })
    expect((await request(app).get('/notices')).status).toBe(500)
    expect((await request(app).get('/')).status).toBe(200)
  })
})
