import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { closeListener } from '../src/connections/listener.js'
import type { Tracker } from '../src/connections/tracker.js'
import { FakeEnvironment } from './harness/fake-environment.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A listener under a flood: in each of so many turns one more connection is accepted. What is done to it is told in order. */
async function flooded(turns: number) {
  const server = createServer().listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const done: string[] = []
  const handle = (server as unknown as { _handle: { listen(backlog: number): number } })._handle
  handle.listen = (backlog) => done.push(`backlog ${backlog}`)
  server.on('close', () => done.push('closed'))
  const tracker = { accepted: 0 }
  const accept = () => {
    tracker.accepted += 1
    const name = `connection ${tracker.accepted}`
    const readStop = () => done.push(`${name} held`)
    const readStart = () => done.push(`${name} ${server.listening ? 'read' : 'read after the close'}`)
    server.emit('connection', { _handle: { readStop, readStart } } as unknown as Socket)
  }
  let left = turns
  const environment = new (class extends FakeEnvironment {
    override setImmediate(callback: () => void): void {
      super.setImmediate(() => {
        if (left-- > 0) accept()
        callback()
      })
    }
  })()
  await environment.complete(closeListener(server, tracker as Tracker, environment))
  return { server, done, accept }
}

test('the listener closes in the first turn in which nothing is accepted, and nothing is read before', async () => {
  const { server, done, accept } = await flooded(3)
  expect(server.listening).toBe(false)
  expect(done.filter((what) => what !== 'closed')).toEqual([
    'connection 1 held',
    'connection 2 held',
    'connection 3 held',
    'connection 1 read after the close',
    'connection 2 read after the close',
    'connection 3 read after the close',
  ])
  // Nothing is left on the server.
  const before = done.length
  accept()
  expect(done.slice(before)).toEqual([])
})

test('a flood that does not let up has the backlog cut to the shortest there is, once, before the listener closes', async () => {
  const { server, done } = await flooded(300)
  expect(server.listening).toBe(false)
  expect(done.filter((what) => what.startsWith('backlog'))).toHaveLength(1)
  const cut = done.findIndex((what) => what.startsWith('backlog'))
  expect(done.slice(0, cut).every((what) => what.endsWith('held'))).toBe(true)
  expect(done.filter((what) => what.endsWith('read after the close'))).toHaveLength(300)
})

test('a flood that never ends does not keep the listener open for ever', async () => {
  const { server } = await flooded(Number.POSITIVE_INFINITY)
  expect(server.listening).toBe(false)
})
