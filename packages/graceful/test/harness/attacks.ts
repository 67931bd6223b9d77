import { frame, NO_WINDOW, preface, request, TYPE } from './frames.js'
import { RawClient } from './raw-client.js'
import type { Service } from './service.js'

/** One client that keeps its connection open, although the service owes it nothing, or no longer reads what it is owed. */
export interface Attack {
  readonly name: string
  readonly over: 'http' | 'https' | 'h2c' | 'h2' | 'web-socket'
  /** Starts the attack. The signal follows when the promise resolves; `inState` continues the attack after it. */
  readonly start: (attacker: Attacker) => Promise<unknown>
}

/** The connection of an attack. */
export class Attacker {
  readonly service: Service
  readonly #options: { tls?: boolean; alpn?: string }
  readonly #clients: RawClient[] = []
  readonly #timers: NodeJS.Timeout[] = []

  constructor(service: Service, options: { tls?: boolean; alpn?: string }) {
    this.service = service
    this.#options = options
  }

  /** Opens a connection, with its TLS handshake unless `tls` is false. */
  async connect(options: { tls?: boolean } = {}): Promise<RawClient> {
    const client = new RawClient(this.service.port, { ...this.#options, ...options })
    this.#clients.push(client)
    await client.connected()
    // The service has accepted the connection when it answers a later one.
    await this.service.probe('/livez')
    return client
  }

  /** Sends `data` again and again. */
  repeat(client: RawClient, data: string | (() => string), every = 50): void {
    this.#timers.push(setInterval(() => client.send(typeof data === 'string' ? data : data()), every))
  }

  async handled(path: string): Promise<void> {
    await this.service.waitFor(({ handler }) => handler === path)
  }

  /** Continues the attack when the service enters a state. */
  inState(state: string, next: () => unknown): void {
    void (async () => {
      await this.service.waitForState(state)
      await next()
    })()
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    for (const client of this.#clients) client.destroy()
  }
}

const upload = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: fixture\r\nContent-Length: 900000000\r\n\r\n`
const LARGE = '/large?bytes=60000000'

/** Attacks on HTTP/1.1, which do the same over TLS. */
const http1: readonly Omit<Attack, 'over'>[] = [
  {
    name: 'a head that grows byte by byte, and never ends',
    async start(attacker) {
      attacker.repeat((await attacker.connect()).send('GET / HTTP/1.1\r\nX: '), 'a')
    },
  },
  {
    name: 'empty lines before a request that never comes',
    async start(attacker) {
      attacker.repeat(await attacker.connect(), '\r\n')
    },
  },
  {
    name: 'empty lines on an idle connection',
    async start(attacker) {
      const client = (await attacker.connect()).get('/before')
      await client.responses(1)
      attacker.repeat(client, '\r\n')
    },
  },
  {
    name: 'bytes after the last response',
    async start(attacker) {
      const client = await attacker.connect()
      attacker.inState('lameDuck', async () => {
        await client.get('/last').responses(1)
        attacker.repeat(client, 'a')
      })
    },
  },
  {
    name: 'a head that never ends after the last response',
    async start(attacker) {
      const client = await attacker.connect()
      attacker.inState('lameDuck', async () => {
        await client.get('/last').responses(1)
        attacker.repeat(client.send('GET / HTTP/1.1\r\nX: '), 'a')
      })
    },
  },
  {
    name: 'requests after the last response',
    async start(attacker) {
      const client = await attacker.connect()
      attacker.inState('lameDuck', async () => {
        await client.get('/last').responses(1)
        attacker.repeat(client, 'GET /refused HTTP/1.1\r\nHost: fixture\r\n\r\n')
      })
    },
  },
  {
    name: 'an upload that goes on after a refusal',
    async start(attacker) {
      const client = await attacker.connect()
      attacker.inState('lameDuck', async () => {
        await client.send(upload('/refuse-upload')).responses(1)
        attacker.repeat(client, 'x'.repeat(1_000))
      })
    },
  },
  {
    name: 'an upload that goes on after a refusal before the signal',
    async start(attacker) {
      const client = (await attacker.connect()).send(upload('/refuse-upload'))
      await client.responses(1)
      attacker.repeat(client, 'x'.repeat(1_000))
    },
  },
  {
    name: 'an upload that goes on after a refusal, in a request that the client sends in the drain',
    async start(attacker) {
      const client = (await attacker.connect()).get('/before')
      await client.responses(1)
      attacker.inState('draining', async () => {
        await client.send(upload('/refuse-upload')).responses(2)
        attacker.repeat(client, 'x'.repeat(1_000))
      })
    },
  },
  {
    name: 'a response that the client never reads',
    async start(attacker) {
      const client = await attacker.connect()
      client.pause()
      client.get(LARGE)
      await attacker.handled(LARGE)
    },
  },
  {
    name: 'a response that the client never reads, while it sends bytes',
    async start(attacker) {
      const client = await attacker.connect()
      client.pause()
      client.get(LARGE)
      await attacker.handled(LARGE)
      attacker.repeat(client, '\r\n')
    },
  },
  {
    name: 'a short response that the client never reads',
    async start(attacker) {
      const client = await attacker.connect()
      client.pause()
      attacker.inState('lameDuck', () => {
        client.get('/large?bytes=1000000')
        attacker.repeat(client, 'a')
      })
    },
  },
]

const clientHello = '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'

const handshakes: readonly Omit<Attack, 'over'>[] = [
  {
    name: 'a TLS handshake that never starts',
    start: async (attacker) => attacker.connect({ tls: false }),
  },
  {
    name: 'a ClientHello that never ends',
    start: async (attacker) => (await attacker.connect({ tls: false })).send(clientHello),
  },
  {
    name: 'a ClientHello that grows byte by byte',
    async start(attacker) {
      attacker.repeat((await attacker.connect({ tls: false })).send(clientHello), 'a')
    },
  },
]

const openSession = async (attacker: Attacker, settings?: string): Promise<RawClient> => {
  const client = (await attacker.connect()).send(preface(settings))
  // The acknowledgement of the settings.
  await client.receives('\0\0\0\x04\x01')
  return client
}

const flood = (name: string, data: string): Omit<Attack, 'over'> => ({
  name: `${name} after GOAWAY`,
  async start(attacker) {
    const client = await openSession(attacker)
    attacker.inState('draining', () => attacker.repeat(client, data))
  },
})

const http2: readonly Omit<Attack, 'over'>[] = [
  flood('PING frames', frame(TYPE.ping, '12345678')),
  flood('SETTINGS frames', frame(TYPE.settings)),
  flood('WINDOW_UPDATE frames', frame(TYPE.windowUpdate, '\0\0\0\x01')),
  flood('PRIORITY frames', frame(TYPE.priority, '\0\0\0\0\x10', { stream: 1 })),
  flood('unknown frames', frame(0xbe, 'x')),
  {
    name: 'requests after GOAWAY',
    async start(attacker) {
      const client = await openSession(attacker)
      let stream = 1
      attacker.inState('draining', () => attacker.repeat(client, () => request((stream += 2), '/refused')))
    },
  },
  {
    name: 'a preface that grows byte by byte',
    async start(attacker) {
      const client = await attacker.connect()
      let index = 0
      attacker.repeat(client, () => preface()[index++] ?? '', 200)
    },
  },
  {
    name: 'a session without a preface',
    start: async (attacker) => attacker.connect(),
  },
  {
    name: 'header fragments that never end',
    async start(attacker) {
      const client = (await openSession(attacker)).send(request(1, '/never', { incomplete: true }))
      attacker.repeat(client, frame(TYPE.continuation, '\x01\x01a', { stream: 1 }), 200)
    },
  },
  {
    name: 'an upload that goes on after its response',
    async start(attacker) {
      const client = (await openSession(attacker)).send(request(1, '/refuse-upload', { upload: true }))
      await attacker.handled('/refuse-upload')
      attacker.repeat(client, frame(TYPE.data, 'x', { stream: 1 }))
    },
  },
  {
    name: 'an upload that stops after its response',
    async start(attacker) {
      ;(await openSession(attacker)).send(request(1, '/refuse-upload', { upload: true }))
      await attacker.handled('/refuse-upload')
    },
  },
  {
    name: 'a response without a flow-control window',
    async start(attacker) {
      ;(await openSession(attacker, NO_WINDOW)).send(request(1, LARGE))
      await attacker.handled(LARGE)
    },
  },
  {
    name: 'a response without a flow-control window, and PING frames',
    async start(attacker) {
      const client = (await openSession(attacker, NO_WINDOW)).send(request(1, LARGE))
      await attacker.handled(LARGE)
      attacker.repeat(client, frame(TYPE.ping, '12345678'))
    },
  },
  {
    name: 'a response that the client never reads',
    async start(attacker) {
      const client = await openSession(attacker, '\0\x04\x7f\xff\xff\xff')
      client.pause()
      client.send(frame(TYPE.windowUpdate, '\x7f\0\0\0') + request(1, LARGE))
      await attacker.handled(LARGE)
    },
  },
  {
    name: 'a response that the client never reads, and PING frames',
    async start(attacker) {
      const client = await openSession(attacker, '\0\x04\x7f\xff\xff\xff')
      client.pause()
      client.send(frame(TYPE.windowUpdate, '\x7f\0\0\0') + request(1, LARGE))
      await attacker.handled(LARGE)
      attacker.repeat(client, frame(TYPE.ping, '12345678'))
    },
  },
]

const upgrade = (path: string, protocol: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: fixture\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

const upgraded: readonly Omit<Attack, 'over'>[] = [
  {
    name: 'messages after the close frame',
    async start(attacker) {
      const client = (await attacker.connect()).send(upgrade('/ws', 'websocket'))
      await client.receives('101 Switching')
      attacker.repeat(client, '\x81\x81\0\0\0\0a')
    },
  },
  {
    name: 'a WebSocket client that never reads',
    async start(attacker) {
      const client = (await attacker.connect()).send(upgrade('/ws', 'websocket'))
      await client.receives('101 Switching')
      client.pause()
    },
  },
  {
    name: 'bytes after the application has ended the upgraded socket',
    async start(attacker) {
      const client = (await attacker.connect()).send(upgrade('/until-drain', 'own'))
      await client.receives('101 Switching')
      attacker.repeat(client, 'a')
    },
  },
]

const overEach = (transports: readonly Attack['over'][], attacks: readonly Omit<Attack, 'over'>[]): Attack[] =>
  transports.flatMap((over) => attacks.map((attack) => ({ ...attack, over })))

export const attacks: readonly Attack[] = [
  ...overEach(['http', 'https'], http1),
  ...overEach(['https', 'h2'], handshakes),
  ...overEach(['h2c', 'h2'], http2),
  ...overEach(['web-socket'], upgraded),
]
