import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { portForward } from '../../../../src/targets/kubernetes/api/port-forward.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** An API that forwards ports to `serve`. */
async function api(serve: (socket: WebSocket) => void): Promise<{ config: KubeConfig; asked: string[] }> {
  const server = createServer((_request, response) => void response.writeHead(403).end('no'))
  const asked: string[] = []
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    asked.push(`${request.url} ${request.headers['sec-websocket-protocol']} ${request.headers.authorization}`)
    if (request.headers.authorization === 'Bearer secret') sockets.handleUpgrade(request, socket, head, serve)
    else socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    for (const client of sockets.clients) client.terminate()
    server.close()
  })
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'fake', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: 'tester', token: 'secret' },
  )
  return { config, asked }
}

/** A message of a channel. The first one of each begins with the number of the port. */
const frame = (channel: number, text: string): Buffer => Buffer.concat([Buffer.from([channel]), Buffer.from(text)])
const PORT = '\u0039\u0030'

describe('a port of a pod', () => {
  test('is a stream in both directions, with the credentials of the kubeconfig', async () => {
    const { config, asked } = await api((socket) => {
      socket.send(frame(0, PORT))
      socket.send(frame(1, PORT))
      socket.on('message', (data: Buffer) =>
        socket.send(Buffer.concat([Buffer.from([0]), data.subarray(1), Buffer.from('!')])),
      )
    })
    const stream = await portForward(config, 'store', 'worker-0', 18_099)
    stream.write('hello')
    const [answer] = (await once(stream, 'data')) as [Buffer]
    expect(answer.toString('utf8')).toBe('hello!')
    stream.destroy()
    expect(asked).toEqual([
      '/api/v1/namespaces/store/pods/worker-0/portforward?ports=18099 v4.channel.k8s.io Bearer secret',
    ])
  })

  test('on which nothing listens ends the stream with what the kubelet says', async () => {
    const { config } = await api((socket) => {
      socket.send(frame(0, PORT))
      socket.send(frame(1, PORT))
      socket.send(frame(1, 'failed to connect to localhost:18099 inside namespace: connection refused\n'))
    })
    const stream = await portForward(config, 'store', 'worker-0', 18_099)
    await expect
      .poll(() => stream.errored?.message)
      .toBe('failed to connect to localhost:18099 inside namespace: connection refused')
  })

  test('ends when the API ends it, and rejects when the API refuses it', async () => {
    const { config } = await api((socket) => {
      socket.send(frame(0, PORT))
      socket.close()
    })
    const stream = await portForward(config, 'store', 'worker-0', 18_099)
    stream.resume()
    await once(stream, 'end')
    config.users = [{ name: 'tester', token: 'old' }]
    await expect(portForward(config, 'store', 'worker-0', 18_099)).rejects.toThrow('403')
  })
})
