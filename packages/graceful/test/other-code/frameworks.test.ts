import { Agent, get } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

const CLIENTS = 8

/** Sends requests over keep-alive connections until the service refuses a connection. Returns the number of each outcome. */
async function load(port: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  const request = async (): Promise<string> =>
    new Promise((resolve) => {
      const sent = get({ port, host: '127.0.0.1', agent }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve(`${response.statusCode} ${body}`))
        response.on('error', (error: NodeJS.ErrnoException) => resolve(`body ${error.code}`))
      })
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
  const client = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- a client sends one request after another
    for (let outcome = await request(); outcome !== 'ECONNREFUSED'; outcome = await request())
      counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  agent.destroy()
  return counts
}

test.each(['fastify', 'hapi', 'nest'])(
  '%s, with the SIGTERM handling of its documentation, loses no request and completes its clean-up',
  async (framework) => {
    const options = { shutdownDelay: 1_500, timeout: 12_000 }
    const service = await Service.start({ fixture: 'frameworks.mjs', options, env: { FRAMEWORK: framework } })
    const counts = load(service.port)
    await new Promise((resolve) => void setTimeout(resolve, 300))
    service.signal()
    expect(Object.keys(await counts)).toEqual(['200 ok'])
    expect(await service.exited).toEqual({ code: 0, signal: null })
    const order = service.messages.flatMap(
      ({ state, cleanUp }) => state ?? (cleanUp && `clean-up ${cleanUp as string}`) ?? [],
    )
    expect(order.slice(order.indexOf('draining'))).toEqual([
      'draining',
      'closing',
      'clean-up start',
      'clean-up end',
      'terminated',
    ])
    expect(service.report).toMatchObject({ outcome: 'graceful', listeners: [{ outcome: 'done' }] })
  },
)
