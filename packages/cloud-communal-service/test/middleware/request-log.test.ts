import { connect } from 'node:net'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { POD, VERSION, listening, loggedApp } from '../app.js'

const ask = (path: string, id: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: h\r\nX-Request-Id: ${id}\r\n${more}\r\n`

describe('the request log', () => {
  it('has one line with the method, path, status and outcome when a request ends', async () => {
    const { app, lines, line } = loggedApp()
    const response = await request(app).get('/work?ms=5').set('X-Request-Id', 'id-7')
    expect(await line(({ msg }) => msg === 'request')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      pod: POD,
      version: VERSION,
      requestId: 'id-7',
      method: 'GET',
      path: '/work?ms=5',
      status: 200,
      durationMs: expect.any(Number) as number,
      bytes: response.text.length,
      outcome: 'finished',
      msg: 'request',
    })
    expect(lines).toHaveLength(2)
  })

  it('has one such line for each request, with the id that the client received', async () => {
    const { app, lines, line } = loggedApp()
    const responses = await Promise.all(['/', '/nowhere', '/work?ms=x'].map((path) => request(app).get(path)))
    const ids = responses.map(({ headers }) => headers['x-request-id'] as string)
    for (const id of ids) await line(({ msg, requestId }) => msg === 'request' && requestId === id)
    const ended = lines.filter(({ msg }) => msg === 'request')
    expect(ended.map(({ requestId }) => requestId).toSorted()).toEqual(ids.toSorted())
  })

  it('counts the bytes of each pipelined response', async () => {
    const { app, lines, line } = loggedApp()
    const socket = connect(await listening(app), '127.0.0.1')
    socket.write(
      ask('/stream?chunks=2&every=0', 'p1') + ask('/work?ms=9', 'p2') + ask('/work', 'p3', 'Connection: close\r\n'),
    )
    socket.resume()
    await line(({ msg, requestId }) => msg === 'request' && requestId === 'p3')
    expect(lines.filter(({ msg }) => msg === 'request').map(({ requestId, bytes }) => [requestId, bytes])).toEqual([
      ['p1', '0\n1\nend\n'.length],
      ['p2', '{"ms":9}'.length],
      ['p3', '{"ms":0}'.length],
    ])
  })

  it('has a line when a request starts, before the line when it ends', async () => {
    const { app, lines, line } = loggedApp()
    await request(app).get('/work?ms=5').set('X-Request-Id', 'id-8')
    await line(({ msg }) => msg === 'request')
    expect(lines[0]).toEqual({
      level: 'info',
      time: expect.any(String) as string,
      pod: POD,
      version: VERSION,
      requestId: 'id-8',
      method: 'GET',
      path: '/work?ms=5',
      msg: 'request started',
    })
    expect(lines.map(({ msg }) => msg)).toEqual(['request started', 'request'])
  })

  it('is empty at level warn', async () => {
    const { app, lines } = loggedApp({ logLevel: 'warn' })
    await request(app).get('/').expect(200)
    expect(lines).toEqual([])
  })
})
