import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createConnections } from '../../store/connections.ts'
import { postNotices } from '../../store/posts.ts'
import { createPodLogs } from '../../store/pod-logs.ts'

type Answer = (number: number, response: ServerResponse, request: IncomingMessage) => void

const serve = async (answer: Answer): Promise<{ url: string; ids: string[] }> => {
  const ids: string[] = []
  const server = createServer((request, response) => {
    answer(ids.push(String(request.headers['x-request-id'])), response.setHeader('X-Pod', 'pod-a'), request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ids }
}

const created = (number: number, response: ServerResponse): void =>
  void response.writeHead(201).end(JSON.stringify({ id: `notice-${number}` }))

describe('the client that posts notices', () => {
  it('records the pod and the response of each POST, or why there was none, and retries no POST', async () => {
    const { url, ids } = await serve((number, response, request) => {
      if (number === 5) response.writeHead(503).end(JSON.stringify({ reasons: ['nothing was stored'] }))
      else if (number === 6) request.socket.resetAndDestroy()
      else if (number === 7)
        response.writeHead(201, { 'Content-Length': 99 }).write('{', () => request.socket.destroy())
      else created(number, response)
    })
    const posting = postNotices([url], 50)
    await expect.poll(() => ids.length, { timeout: 10_000 }).toBeGreaterThan(12)
    await posting.stop()
    expect(ids).toHaveLength(posting.posts.length)
    expect(new Set(ids).size).toBe(ids.length)
    const post = (number: number): unknown => posting.posts.find(({ requestId }) => requestId === ids[number - 1])
    const sent = expect.stringMatching(
      /^\d{4}-.+Z to http:\/\/127\.0\.0\.1:\d+ on a (new|reused) connection$/,
    ) as string
    expect(post(1)).toEqual({ requestId: ids[0], sent, status: 201, pod: 'pod-a', noticeId: 'notice-1' })
    expect(post(5)).toEqual({ requestId: ids[4], sent, status: 503, pod: 'pod-a', detail: 'nothing was stored' })
    expect(post(6)).toEqual({ requestId: ids[5], sent, detail: expect.stringMatching(/ECONNRESET|hang up/) as string })
    expect(post(7)).toMatchObject({ pod: 'pod-a', detail: expect.stringMatching(/aborted|terminated/) as string })
    expect(post(7)).not.toHaveProperty('status')
    const connections = new Set(posting.posts.map((one) => /new|reused/.exec(one.sent ?? '')?.[0]))
    expect(connections).toEqual(new Set(['new', 'reused']))
  })

  it('reuses a connection for at most half of the keep-alive timeout', () => {
    const connections = createConnections()
    onTestFinished(() => connections.close())
    const first = connections.take()
    expect(first.reused).toBe(false)
    connections.give(first.agent, { 'keep-alive': 'timeout=5' }, performance.now() - 1_000)
    const again = connections.take()
    expect(again).toEqual({ agent: first.agent, reused: true })
    connections.give(again.agent, { 'keep-alive': 'timeout=5' }, performance.now() - 2_500)
    const second = connections.take()
    expect(second.reused).toBe(false)
    // A response with Connection: close has no timeout.
    connections.give(second.agent, { connection: 'close' }, performance.now())
    expect(connections.take().reused).toBe(false)
  })
})

const line = (level: string, msg: string, more = {}): string => JSON.stringify({ level, msg, ...more })

describe("the pods' logs", () => {
  it('are found by request; other lines are listed once for all pods', () => {
    const logs = createPodLogs()
    logs.take('a', line('info', 'request', { requestId: '1' }))
    logs.take('a', line('error', 'request failed', { requestId: '2', err: { message: 'too many clients' } }))
    for (const pod of ['a', 'b', 'b']) logs.take(pod, line('warn', 'an idle connection broke'))
    logs.take('b', 'FATAL ERROR: heap')
    expect(logs.of('1')).toBeUndefined()
    expect(logs.of('2')).toBe('a: request failed: too many clients')
    expect(logs.others()).toEqual(['a, b: an idle connection broke', 'b: FATAL ERROR: heap'])
  })
})
