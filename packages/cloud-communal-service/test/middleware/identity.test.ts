import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { POD, VERSION, loggedApp } from '../app.js'

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

describe('GET /', () => {
  it('returns the service, the version and the pod, and nothing else', async () => {
    const response = await request(loggedApp().app).get('/')
    expect(response.status).toBe(200)
    expect(response.body).toEqual({ service: 'cloud-communal-service', version: VERSION, pod: POD })
    expect(response.headers).not.toHaveProperty('x-powered-by')
  })

  it('answers HEAD without a body', async () => {
    const response = await request(loggedApp().app).head('/')
    expect(response.status).toBe(200)
    expect(response.headers['content-length']).toBe('69')
    expect(response.text).toBeUndefined()
  })
})

describe('X-Service-Version, X-Pod, X-Request-Id and X-Content-Type-Options', () => {
  it.each([
    ['GET', '/', 200],
    ['GET', '/work?ms=x', 400],
    ['GET', '/nowhere', 404],
    ['GET', '/%ZZ', 404],
    ['GET', '/notices/%ZZ', 400],
    ['DELETE', '/', 405],
    ['POST', '/notices', 415],
    ['OPTIONS', '/work', 204],
    ['HEAD', '/events', 200],
  ])('are on %s %s (%i)', async (method, path, status) => {
    const call = request(loggedApp().app)
    const response = await call[method.toLowerCase() as 'get'](path)
    expect(response.status).toBe(status)
    expect(response.headers).toMatchObject({
      'x-service-version': VERSION,
      'x-pod': POD,
      'x-request-id': expect.stringMatching(UUID) as string,
      'x-content-type-options': 'nosniff',
    })
  })

  it.each(['a', 'load-7:42', '0000.aB_c', 'x'.repeat(128)])('returns the id %s of the client', async (id) => {
    const response = await request(loggedApp().app).get('/nowhere').set('X-Request-Id', id)
    expect(response.headers['x-request-id']).toBe(id)
    expect(response.body).toMatchObject({ requestId: id })
  })

  it.each(['', 'x'.repeat(129), 'two words', 'a,b', '<script>', 'naïve', 'a"b'])(
    'replaces the id %j, which could break a log or a page',
    async (id) => {
      const response = await request(loggedApp().app).get('/').set('X-Request-Id', id)
      expect(response.headers['x-request-id']).toMatch(UUID)
    },
  )

  it('creates a different id for each request', async () => {
    const { app } = loggedApp()
    const [one, two] = await Promise.all([request(app).get('/'), request(app).get('/')])
    expect(one.headers['x-request-id']).not.toBe(two.headers['x-request-id'])
  })
})
