import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { listening, loggedApp } from '../app.js'

const body = (chunks: number): string => `${Array.from({ length: chunks }, (_, index) => `${index}\n`).join('')}end\n`

const open = (port: number, path: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get({ port, path }, resolve).on('error', reject)
  })

describe('GET /stream', () => {
  it.each([
    ['/stream?chunks=3&every=5', 3],
    ['/stream?chunks=1&every=60000', 1],
    ['/stream?chunks=10000&every=0', 10_000],
    ['/stream?every=1', 10],
  ])('%s sends each line, then end', async (path, chunks) => {
    const response = await request(loggedApp().app).get(path)
    expect(response.status).toBe(200)
    expect(response.headers['transfer-encoding']).toBe('chunked')
    expect(response.text).toBe(body(chunks))
  })

  it('sends each line at its time, not all of them at the end', async () => {
    const { app } = loggedApp()
    const response = await open(await listening(app), '/stream?chunks=3&every=50')
    const pieces: string[] = []
    for await (const piece of response.setEncoding('utf8')) pieces.push(piece as string)
    expect(pieces.join('')).toBe(body(3))
    expect(pieces.length).toBeGreaterThanOrEqual(3)
  })

  it.each([
    ['chunks=0', 'chunks: received "0"; accepted: a whole number from 1 to 10000'],
    ['chunks=10001', 'chunks: received "10001"; accepted: a whole number from 1 to 10000'],
    ['chunks=1&every=-1', 'every: received "-1"; accepted: a whole number from 0 to 60000'],
    ['chunks=10000&every=1000', 'chunks × every: 10000000 ms; accepted: at most 600000 ms in all'],
  ])('rejects %s', async (query, reason) => {
    const response = await request(loggedApp().app).get(`/stream?${query}`)
    expect(response.status).toBe(400)
    expect(response.body).toMatchObject({ reasons: [reason] })
  })

  it('ends when the client disconnects, and logs the bytes sent', async () => {
    const { app, line } = loggedApp()
    const response = await open(await listening(app), '/stream?chunks=1000&every=20')
    response.once('data', () => response.destroy()).on('error', () => {})
    const logged = await line(({ msg }) => msg === 'request')
    expect(logged).toMatchObject({ status: 200, outcome: 'aborted' })
    expect(logged['bytes']).toBeGreaterThan(0)
    expect(logged['bytes']).toBeLessThan(body(1000).length)
  })
})
