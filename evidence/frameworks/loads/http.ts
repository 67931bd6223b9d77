import { setTimeout as sleep } from 'node:timers/promises'
import { RawClient } from '../../../packages/graceful/test/harness/raw-client.ts'
import { answerTo, IN_FLIGHT, LONG, nextId, WARM_UP, type Clock, type Load, type Target } from './load.ts'

interface Options {
  /** Returns a request for work that takes `ms`. */
  readonly request?: (id: string, ms: number) => string
  /** The time between two new connections, in ms. Default 20. */
  readonly every?: number
  /** The number of busy keep-alive connections. Default 8. */
  readonly busyClients?: number
}

const byGet = (id: string, ms: number): string => `GET /work?id=${id}&ms=${ms} HTTP/1.1\r\nHost: example\r\n\r\n`

/** The time that an idle client waits until its second request, in ms after SIGTERM: the listener has closed by then. */
const IDLE_UNTIL = 1_800

/**
 * Returns clients of HTTP/1.1 that never retry: new connections, 50 per second by default, busy and idle keep-alive connections, and long
 * requests that are in flight at SIGTERM.
 */
export function http({ request = byGet, every = 20, busyClients = 8 }: Options = {}): Load {
  /** Sends one request on a connection. Returns whether the connection may be used again. */
  async function ask(client: RawClient, { tally }: Target, ms: number): Promise<boolean> {
    const id = nextId()
    client.received = ''
    const [response] = await client.send(request(id, ms)).responses(1)
    if (response === undefined) tally.lost(client.error ?? client.closed ?? 'no answer')
    else if (response.status !== 200) tally.wrong(`status ${response.status}`)
    else if (!response.body.includes(answerTo(id))) tally.wrong(`body ${response.body.slice(0, 80)}`)
    else tally.answered(id)
    return response !== undefined && response.headers['connection'] !== 'close' && client.closed === undefined
  }

  async function once(target: Target, ms: number): Promise<void> {
    const client = new RawClient(target.port)
    await ask(client, target, ms)
    client.end()
  }

  /** Sends one request after the other. Opens another connection when the service closes this one. */
  async function busy(target: Target, clock: Clock): Promise<void> {
    while (!clock.propagated) {
      const client = new RawClient(target.port)
      while (await ask(client, target, 0)) {
        await sleep(Math.random() * 40)
        // Reads a FIN that has arrived: the request is lost only if it was on its way before the FIN.
        await new Promise((resolve) => void setImmediate(resolve))
        if (client.closed !== undefined) break
      }
      client.end()
      await sleep(Math.random() * 40)
    }
  }

  /** Sends one request, and a second one on the same connection after the delay, unless the service has closed it by then. */
  async function idle(target: Target, clock: Clock): Promise<void> {
    const client = new RawClient(target.port)
    if (!(await ask(client, target, 0))) return
    while (clock.sinceSignal < IDLE_UNTIL && client.closed === undefined) await sleep(20)
    if (client.closed === undefined) await ask(client, target, 0)
    await client.ended()
    client.end()
  }

  return {
    async ready({ port }) {
      const client = new RawClient(port)
      const [response] = await client.send(request('ready', 0)).responses(1)
      client.destroy()
      return response?.status === 200
    },
    async run(target, clock) {
      const clients = [
        clock.every(every, (index) => once(target, index % 10 === 0 ? 300 : 0)),
        ...Array.from({ length: busyClients }, () => busy(target, clock)),
        ...Array.from({ length: 5 }, () => idle(target, clock)),
      ]
      await sleep(WARM_UP - IN_FLIGHT)
      clients.push(...Array.from({ length: 10 }, () => once(target, LONG)))
      await sleep(IN_FLIGHT)
      target.signal()
      await Promise.all(clients)
    },
  }
}
