import { createHash, randomBytes } from 'node:crypto'
import { Agent, request as call } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { listening, loggedApp } from '../app.js'

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

describe('POST /upload', () => {
  it.each([0, 1, 70_000, 5_000_000])('returns the length and the SHA-256 of %i bytes', async (length) => {
    const data = randomBytes(length)
    const response = await request(loggedApp().app)
      .post('/upload')
      .set('Content-Type', 'application/octet-stream')
      .send(data)
    expect(response.status).toBe(200)
    expect(response.body).toEqual({ bytes: length, sha256: sha256(data) })
  })

  it('does not parse JSON', async () => {
    const response = await request(loggedApp().app).post('/upload').type('application/json').send('{"a": ')
    expect(response.body).toEqual({ bytes: 6, sha256: sha256(Buffer.from('{"a": ')) })
  })

  it('accepts a chunked body, and can reuse the connection', async () => {
    const { app } = loggedApp()
    const port = await listening(app)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const post = (pieces: string[]): Promise<{ response: IncomingMessage; reused: boolean }> =>
      new Promise((resolve, reject) => {
        const upload = call({ port, path: '/upload', method: 'POST', agent }, (response) =>
          resolve({ response, reused: upload.reusedSocket }),
        ).on('error', reject)
        for (const piece of pieces) upload.write(piece)
        upload.end()
      })
    const first = await post(['slow ', 'but ', 'whole'])
    expect(await json(first.response)).toEqual({ bytes: 14, sha256: sha256(Buffer.from('slow but whole')) })
    const second = await post(['again'])
    expect(await json(second.response)).toEqual({ bytes: 5, sha256: sha256(Buffer.from('again')) })
    expect(second.reused).toBe(true)
    agent.destroy()
  })

  it('logs an upload as aborted when the client disconnects, and logs no error', async () => {
    const { app, lines, line } = loggedApp({ logLevel: 'debug' })
    const port = await listening(app)
    const upload = call({ port, path: '/upload', method: 'POST', headers: { 'Content-Length': '1000' } })
    upload.on('error', () => {}).write('half')
    await line(({ msg }) => msg === 'request started')
    upload.destroy()
    expect(await line(({ msg }) => msg === 'request')).toMatchObject({ outcome: 'aborted', status: null })
    // After another request has been answered, every line about the first one has been written.
    await request(app).get('/').set('X-Request-Id', 'next')
    await line(({ msg, requestId }) => msg === 'request' && requestId === 'next')
    expect(lines.map(({ msg }) => msg)).toEqual(['request started', 'request', 'request started', 'request'])
  })
})
