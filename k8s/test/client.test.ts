import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const CLIENT = fileURLToPath(new URL('../client.mjs', import.meta.url))

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

const client = (flags: string[], signalWhen?: (child: ChildProcess) => Promise<unknown>): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.env['GRACEFUL_TEST_NODE'] ?? process.execPath, [CLIENT, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended: Ended = { code: null, stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text))
    child.once('close', (code) => resolve({ ...ended, code }))
    void signalWhen?.(child).then(() => child.kill('SIGTERM'))
  })

interface Served {
  url: string
  ids: string[]
  connections: () => number
  until: (requests: number) => Promise<unknown>
}

/** Starts a server that answers like the service, unless `otherwise` answers the request with this number. */
const serve = async (
  otherwise?: (number: number, response: ServerResponse, request: IncomingMessage) => boolean,
  keepAliveTimeout = 5_000,
): Promise<Served> => {
  const ids: string[] = []
  const waiting: { requests: number; go: () => void }[] = []
  let connections = 0
  const server = createServer((request, response) => {
    const id = String(request.headers['x-request-id'])
    const number = ids.push(id)
    for (const { requests, go } of waiting) if (number >= requests) go()
    if (otherwise?.(number, response, request) === true) return
    response.setHeader('X-Request-Id', id).setHeader('X-Service-Version', 'v1.0.0')
    if (request.url === '/') response.end(JSON.stringify({ version: 'v1.0.0' }))
    else void setTimeout(1_500).then(() => response.end(JSON.stringify({ ms: 1_500 })))
  })
  server.keepAliveTimeout = keepAliveTimeout
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const until = (requests: number): Promise<void> => new Promise((go) => waiting.push({ requests, go }))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    ids,
    connections: () => connections,
    until,
  }
}

const number = (word: string, { stdout }: Ended): number => Number(new RegExp(`${word} (\\d+)`, 'u').exec(stdout)?.[1])

describe('the client that never retries', () => {
  it('counts every response, on new and on reused connections', async () => {
    const { url, ids, connections, until } = await serve()
    const ended = await client(['--url', url], () => until(60))
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(number('sent', ended)).toBe(ids.length)
    expect(ended.stdout).toMatch(
      /^sent (\d+) answered \1 dropped 0  versions v1\.0\.0=\1 slowest \d+ ms, late by at most \d+ ms\n$/u,
    )
    // Half of the requests use a new connection, and some of the others reuse one.
    expect(connections()).toBeGreaterThan(ids.length / 2 - 2)
    expect(connections()).toBeLessThan(ids.length)
  })

  const failures: [string, (response: ServerResponse, request: IncomingMessage) => void, RegExp][] = [
    ['a reset', (_, request) => request.socket.resetAndDestroy(), /ECONNRESET=1 /u],
    ['a FIN in place of a response', (_, request) => request.socket.end(), /ECONNRESET=1 /u],
    [
      'a body that is cut off',
      (response) => void response.writeHead(200, { 'Content-Length': 99 }).write('{', () => response.destroy()),
      /cut-off=1 /u,
    ],
    ['a 503', (response) => void response.writeHead(503).end(), /status-503=1 /u],
    [
      'the response to another request',
      (response) => void response.setHeader('X-Request-Id', 'other').end('{}'),
      /wrong-answer=1 /u,
    ],
  ]
  it.each(failures)(
    'counts %s as dropped, once, and does not send that request again',
    async (_what, fail, counted) => {
      const { url, ids, until } = await serve((count, response, request) => {
        if (count !== 20) return false
        fail(response, request)
        return true
      })
      const ended = await client(['--url', url], () => until(60))
      expect(ended.code).toBe(1)
      expect(number('dropped', ended)).toBe(1)
      expect(ended.stdout).toMatch(counted)
      expect(ended.stderr.trim().split('\n')).toHaveLength(1)
      expect(new Set(ids).size).toBe(ids.length)
      expect(number('sent', ended)).toBe(ids.length)
    },
  )

  it('drops no request when its process is stopped several times', async () => {
    const { url, ids } = await serve((_number, response) => {
      // The server does not close the connection after this time, so a slow machine cannot cut a request.
      response.setHeader('Connection', 'keep-alive').setHeader('Keep-Alive', 'timeout=3')
      return false
    }, 60_000)
    const ended = await client(['--url', url], async (child) => {
      for (let times = 0; times < 4; times += 1) {
        await setTimeout(2_200)
        child.kill('SIGSTOP')
        await setTimeout(1_200)
        child.kill('SIGCONT')
      }
    })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(number('sent', ended)).toBe(ids.length)
  })

  it.each([
    [1, 'none, because each is idle for longer than half of that time', 0],
    [60, 'all but the first', 2],
  ])('with a keep-alive time-out of %d s, reuses %s', async (timeout, _which, reused) => {
    const { url, ids, connections } = await serve((_number, response) => {
      // The server does not close the connection, and Node's agent does not parse this form: only the client gives up
      // connections.
      response.setHeader('Connection', 'keep-alive').setHeader('Keep-Alive', `max=100, timeout=${timeout}`)
      return false
    }, 60_000)
    // Half of the requests use an idle connection: one each second.
    const ended = await client(['--url', url, '--rate', '2', '--seconds', '3'])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ids).toHaveLength(6)
    expect(ids.length - connections()).toBe(reused)
  })

  it('counts requests to a closed port as dropped', async () => {
    const ended = await client(['--url', 'http://localhost:1', '--seconds', '1', '--rate', '10'])
    expect(ended.code).toBe(1)
    expect(number('answered', ended)).toBe(0)
    expect(number('dropped', ended)).toBe(number('sent', ended))
  })

  it.each([
    [[], /--url is missing/u],
    [['--url', 'ftp://x'], /--url must be an http:\/\/ URL, not "ftp:\/\/x"/u],
    [['--url', 'http://x', '--rate', '0'], /--rate must be a whole number from 1 to 1000, not "0"/u],
    [['--url', 'http://x', '--seconds', '9999'], /--seconds must be a whole number from 1 to 900, not "9999"/u],
  ])('rejects the command line %j', async (flags, sentence) => {
    const ended = await client(flags)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(sentence)
  })
})
