import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { DrainSignals } from '../../../src/connections/requests/drain-signal.js'
import { RawClient } from '../../harness/raw-client.js'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Returns for each request whether the library still knows it: the drain aborts only the signals of known requests. */
function abortedByDrain(drainSignals: DrainSignals, signals: readonly AbortSignal[]): boolean[] {
  drainSignals.start()
  return signals.map(({ aborted }) => aborted)
}

describe('the library forgets a request with a signal when its client has gone', () => {
  test.each([
    ['after the client has gone', true],
    ['before that', false],
  ])('HTTP/1.1, drainSignal called %s', async (_, afterClose) => {
    const requests: IncomingMessage[] = []
    const port = await listening(createServer((request) => void requests.push(request)))
    const drainSignals = new DrainSignals()
    const signals: AbortSignal[] = []
    const requestSignals = () =>
      signals.push(...requests.slice(signals.length).map((request) => drainSignals.signalFor(request)))
    const gone = new RawClient(port).get('/first').get('/behind')
    await until(() => requests.length === 2)
    if (!afterClose) requestSignals()
    const closed = once(requests[0]!.socket, 'close')
    gone.destroy()
    await closed
    const open = new RawClient(port).get('/open')
    await until(() => requests.length === 3)
    requestSignals()
    expect(abortedByDrain(drainSignals, signals)).toEqual([false, false, true])
    open.destroy()
  })

  test.each(['request', 'stream'] as const)('HTTP/2, drainSignal called with the %s', async (event) => {
    const requests: { request: Parameters<DrainSignals['signalFor']>[0]; stream: ServerHttp2Stream }[] = []
    const server = createHttp2Server()
    if (event === 'request') server.on('request', (request) => requests.push({ request, stream: request.stream }))
    else server.on('stream', (stream: ServerHttp2Stream) => requests.push({ request: stream, stream }))
    const port = await listening(server as unknown as Server)
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    ends.push(() => session.destroy())
    const gone = session.request({ ':path': '/' })
    gone.on('error', () => {})
    await until(() => requests.length === 1)
    const { stream } = requests[0]!
    stream.on('error', () => {})
    const closed = once(stream, 'close')
    gone.close(8)
    await closed
    session.request({ ':path': '/open' }).on('error', () => {})
    await until(() => requests.length === 2)

    const drainSignals = new DrainSignals()
    const signals = requests.map(({ request }) => drainSignals.signalFor(request))
    expect(abortedByDrain(drainSignals, signals)).toEqual([false, true])
  })
})

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => void setImmediate(resolve))
}
