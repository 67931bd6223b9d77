import { get } from 'node:http'
import request from 'supertest'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { POD, VERSION, listening, loggedApp } from '../app.js'

afterEach(() => void vi.useRealTimers())

const event = (id: number): string => `id: ${id}\ndata: ${JSON.stringify({ id, version: VERSION, pod: POD })}\n\n`

describe('GET /events', () => {
  it('sends the requested number of events, then ends', async () => {
    const response = await request(loggedApp().app).get('/events?count=3&every=10')
    expect(response.status).toBe(200)
    expect(response.type).toBe('text/event-stream')
    expect(response.headers['cache-control']).toBe('no-cache, no-transform')
    expect(response.text).toBe(`retry: 1000\n\n${event(1)}${event(2)}${event(3)}`)
  })

  it('continues after the last event that the client received', async () => {
    const response = await request(loggedApp().app).get('/events?count=2&every=10').set('Last-Event-ID', '41')
    expect(response.text).toBe(`retry: 1000\n\n${event(42)}${event(43)}`)
  })

  it('starts at 1 when Last-Event-ID is not a number', async () => {
    const response = await request(loggedApp().app).get('/events?count=1').set('Last-Event-ID', 'x; y')
    expect(response.text).toBe(`retry: 1000\n\n${event(1)}`)
  })

  it.each([
    ['count=0', 'count: received "0"; accepted: a whole number from 1 to 1000000'],
    ['every=9', 'every: received "9"; accepted: a whole number from 10 to 600000'],
  ])('rejects %s', async (query, reason) => {
    const response = await request(loggedApp().app).get(`/events?${query}`)
    expect(response.status).toBe(400)
    expect(response.body).toMatchObject({ reasons: [reason] })
  })

  it('sends events without end, and stops when the client disconnects', async () => {
    const { app, line } = loggedApp()
    const port = await listening(app)
    let seen = ''
    get({ port, path: '/events?every=10' }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        seen += text
        if (seen.includes(event(5))) response.destroy()
      })
    }).on('error', () => {})
    expect(await line(({ msg }) => msg === 'request')).toMatchObject({ status: 200, outcome: 'aborted' })
    expect(seen).toContain(`${event(4)}${event(5)}`)
  })

  it('sends a comment while there are no events', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { app } = loggedApp()
    const port = await listening(app)
    const text = await new Promise<string>((resolve) => {
      let seen = ''
      const call = get({ port, path: '/events?every=600000' }, (response) => {
        response.setEncoding('utf8').on('data', (piece: string) => {
          seen += piece
          if (seen.includes(event(1))) vi.advanceTimersByTime(15_000)
          if (!seen.includes('heartbeat')) return
          call.destroy()
          resolve(seen)
        })
      }).on('error', () => {})
    })
    expect(text).toBe(`retry: 1000\n\n${event(1)}: heartbeat\n\n`)
  })
})
