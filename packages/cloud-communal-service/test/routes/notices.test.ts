import { request as call } from 'node:http'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import request from 'supertest'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listening, loggedApp } from '../app.js'
import type { Notice } from '../../src/notices/store.js'
import { memoryStore } from '../../src/notices/memory.js'
import { StoreError } from '../../src/notices/store.js'

const LIMIT = 1024 * 1024
const notice = { title: 'Lift', body: 'Out of order until Friday.' }
/** Returns a valid notice with this length as JSON. */
const sized = (bytes: number): string => {
  const around = JSON.stringify({ title: 't', body: '' }).length
  return JSON.stringify({ title: 't', body: 'x'.repeat(bytes - around) })
}

describe('the notice board', () => {
  it('stores a notice, returns its location, and returns it from there', async () => {
    const { app } = loggedApp()
    const posted = await request(app).post('/notices').send(notice)
    const { id } = posted.body as Notice
    expect(posted.status).toBe(201)
    expect(posted.headers['location']).toBe(`/notices/${id}`)
    expect(posted.body).toEqual({ ...notice, id, createdAt: expect.stringMatching(/^\d{4}-.+Z$/) as string })
    const got = await request(app).get(`/notices/${id}`)
    expect(got.status).toBe(200)
    expect(got.body).toEqual(posted.body)
  })

  it('lists the newest notices first, up to the limit', async () => {
    const { app } = loggedApp()
    for (const title of ['one', 'two', 'three']) {
      await request(app).post('/notices').send({ title, body: 'b' }).expect(201)
    }
    const titles = async (path: string): Promise<string[]> => {
      const { body } = (await request(app).get(path).expect(200)) as { body: { notices: Notice[] } }
      return body.notices.map(({ title }) => title)
    }
    expect(await titles('/notices')).toEqual(['three', 'two', 'one'])
    expect(await titles('/notices?limit=2')).toEqual(['three', 'two'])
  })

  it('lists at most 1 MiB, however large the notices are, and always one', async () => {
    const store = memoryStore()
    // As JSON, each of these characters has six bytes.
    for (const title of ['one', 'two', 'three']) await store.add({ title, body: '\u0001'.repeat(100_000) }, 'twice')
    const { app } = loggedApp({ notices: store })
    const titles = async (path: string): Promise<string[]> => {
      const { body, headers } = await request(app).get(path).expect(200)
      expect(Number(headers['content-length'])).toBeLessThan(LIMIT + 1_000)
      return (body as { notices: Notice[] }).notices.map(({ title }) => title)
    }
    expect(await titles('/notices?limit=100')).toEqual(['three'])
    expect(await titles('/notices?requestId=twice')).toEqual(['one'])
  })

  it('trims the list of a store that returns more', async () => {
    const createdAt = new Date().toISOString()
    const large = ['one', 'two', 'three'].map((id) => ({ id, title: id, body: 'x'.repeat(LIMIT / 2), createdAt }))
    const store = { ...memoryStore(), latest: () => Promise.resolve(large) }
    const { body } = await request(loggedApp({ notices: store }).app)
      .get('/notices')
      .expect(200)
    expect((body as { notices: Notice[] }).notices.map(({ id }) => id)).toEqual(['one'])
  })

  it('lists pipelined requests one after the other, as fast as their client reads', async () => {
    const store = memoryStore()
    await store.add({ title: 't', body: 'x'.repeat(1_000_000) }, 'id')
    let listed = 0
    const counting = { ...store, latest: (limit: number) => ((listed += 1), store.latest(limit)) }
    const port = await listening(loggedApp({ notices: counting }).app)
    const client = connect(port, '127.0.0.1')
    onTestFinished(() => void client.destroy())
    client.pause()
    client.write('GET /notices HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(40))
    await expect.poll(() => listed).toBeGreaterThan(0)
    await setTimeout(500)
    // The kernel holds some megabytes of a connection.
    expect(listed).toBeLessThan(30)
    let received = 0
    client.on('data', (data) => (received += data.length))
    client.resume()
    await expect.poll(() => received).toBeGreaterThan(40_000_000)
    expect(listed).toBe(40)
  }, 30_000)

  it('lists 20 notices by default', async () => {
    const store = memoryStore()
    for (let index = 0; index < 25; index += 1) void store.add({ title: `${index}`, body: 'b' }, 'id')
    const { body } = await request(loggedApp({ notices: store }).app).get('/notices')
    expect((body as { notices: Notice[] }).notices).toHaveLength(20)
  })

  it.each(['0', '101', 'all'])('rejects limit=%s', async (limit) => {
    const response = await request(loggedApp().app).get(`/notices?limit=${limit}`)
    expect(response.status).toBe(400)
    expect(response.body).toMatchObject({
      reasons: [`limit: received "${limit}"; accepted: a whole number from 1 to 100`],
    })
  })

  it('finds the notice of a request by its request id', async () => {
    const { app } = loggedApp()
    const posted = await request(app).post('/notices').set('X-Request-Id', 'post:1').send(notice).expect(201)
    await request(app).post('/notices').set('X-Request-Id', 'post:2').send(notice).expect(201)
    const came = await request(app).get('/notices?requestId=post:1').expect(200)
    expect(came.body).toEqual({ notices: [posted.body] })
    expect((await request(app).get('/notices?requestId=post:3').expect(200)).body).toEqual({ notices: [] })
  })

  it.each(['requestId=', 'requestId=a%20b', 'requestId=a&requestId=b'])('rejects %s', async (query) => {
    const response = await request(loggedApp().app).get(`/notices?${query}`)
    expect(response.status).toBe(400)
    expect((response.body as { reasons: string[] }).reasons[0]).toMatch(
      /^requestId: received .+; accepted: 1 to 128 of A-Z a-z 0-9 \. _ : -$/,
    )
  })

  it.each([
    ['no', /nothing was stored$/],
    ['unknown', /not known whether the notice was stored; ask GET \/notices\?requestId= with this request id/],
  ] as const)('answers 503 when its store fails; stored: %s', async (stored, reason) => {
    const store = { ...memoryStore(), add: () => Promise.reject(new StoreError('secret host: broke', { stored })) }
    const { app, line } = loggedApp({ notices: store })
    const response = await request(app).post('/notices').set('X-Request-Id', 'lost').send(notice)
    expect(response.status).toBe(503)
    expect(response.body).toEqual({
      error: 'Service Unavailable',
      reasons: [expect.stringMatching(reason)],
      requestId: 'lost',
    })
    const logged = await line(({ level }) => level === 'error')
    expect(logged).toMatchObject({ msg: 'request failed', requestId: 'lost', err: { message: 'secret host: broke' } })
  })

  it('answers 404 for an unknown id', async () => {
    const response = await request(loggedApp().app).get('/notices/nope')
    expect(response.status).toBe(404)
    expect(response.body).toMatchObject({ reasons: ['No notice has the id "nope"'] })
  })

  it.each([
    [{ body: 'b' }, ['title: ']],
    [{ title: '', body: '' }, ['title: ', 'body: ']],
    [{ title: '   ', body: 'b' }, ['title: ']],
    [{ title: 'x'.repeat(201), body: 'b' }, ['title: ']],
    [{ title: 1, body: null }, ['title: ', 'body: ']],
    [{ ...notice, author: 'me' }, ['notice: unknown key; accepted: title, body$']],
    [[notice], ['notice: ']],
    [{ title: 'nul\0', body: 'half \uD83D' }, ['title: contains U', 'body: contains U']],
  ])('rejects %j with a reason for each mistake', async (draft, starts) => {
    const { app } = loggedApp()
    const response = await request(app).post('/notices').send(draft)
    expect(response.status).toBe(400)
    const { reasons } = response.body as { reasons: string[] }
    expect(reasons).toHaveLength(starts.length)
    for (const [index, start] of starts.entries()) expect(reasons[index]).toMatch(new RegExp(`^${start}`))
    expect((await request(app).get('/notices')).body).toEqual({ notices: [] })
  })

  it.each([{ s3cret: 1, ...notice }, `{"s3cret": s3cret}`])('does not repeat %j in its response', async (sent) => {
    const post = request(loggedApp().app).post('/notices').type('application/json')
    const response = await post.send(typeof sent === 'string' ? sent : JSON.stringify(sent))
    expect(response.status).toBe(400)
    expect(response.text).not.toContain('s3cret')
  })

  it.each(['{"title"', '"text"', '{"title":"t","body":"b"}}', ''])(
    'rejects %j, which is not a JSON object',
    async (text) => {
      const response = await request(loggedApp().app).post('/notices').type('application/json').send(text)
      expect(response.status).toBe(400)
      expect((response.body as { reasons: string[] }).reasons[0]).toMatch(/^(body: not valid JSON|notice|title)/)
    },
  )

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])(
    'rejects the content type %j with 415',
    async (type) => {
      const response = await request(loggedApp().app)
        .post('/notices')
        .set('Content-Type', type)
        .send(JSON.stringify(notice))
      expect(response.status).toBe(415)
      expect(response.body).toMatchObject({
        reasons: [`Content-Type: received "${type}"; accepted: application/json`],
      })
    },
  )

  it.each(['application/json; charset=utf-8', 'application/vnd.notice+json'])('accepts %s', async (type) => {
    const post = request(loggedApp().app).post('/notices').set('Content-Type', type)
    expect((await post.send(JSON.stringify(notice))).status).toBe(201)
  })

  it('accepts 1 MiB, but not one byte more', async () => {
    const { app } = loggedApp()
    await request(app).post('/notices').type('application/json').send(sized(LIMIT)).expect(201)
    const response = await request(app)
      .post('/notices')
      .type('application/json')
      .send(sized(LIMIT + 1))
    expect(response.status).toBe(413)
    expect(response.body).toMatchObject({ error: 'Payload Too Large', reasons: ['body: more than 1048576 bytes'] })
  })

  it('rejects more than 1 MiB without a Content-Length', async () => {
    const port = await listening(loggedApp().app)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }
      const post = call({ port, path: '/notices', method: 'POST', headers }, (response) => {
        resolve(response.statusCode)
        response.resume()
      }).on('error', reject)
      post.write(sized(LIMIT + 1).slice(0, LIMIT))
      post.end(sized(LIMIT + 1).slice(LIMIT))
    })
    expect(status).toBe(413)
  })

  it('rejects a compressed body of more than 1 MiB', async () => {
    const port = await listening(loggedApp().app)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
      call({ port, path: '/notices', method: 'POST', headers }, (response) => {
        resolve(response.statusCode)
        response.resume()
      })
        .on('error', reject)
        .end(gzipSync(sized(LIMIT + 1)))
    })
    expect(status).toBe(413)
  })
})
