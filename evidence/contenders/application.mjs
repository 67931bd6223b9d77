// The application that every contender stops: the same routes, hooks and times, whatever stops it.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSecureServer, createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'

// The benchmarks bring routes of their own.
const { createRoutes, print } = await import(process.env.ROUTES ?? '../../packages/graceful/test/fixtures/routes.mjs')

const fromEnvironment = (name, otherwise) => JSON.parse(process.env[name] ?? otherwise)

/** How long to go on serving after the signal, in ms, where the contender has an option for that. */
export const delay = fromEnvironment('DELAY', '700')
/** When the process must have gone, counted from the signal, in ms. */
export const budget = fromEnvironment('BUDGET', '6000')

/** For contenders without a delay of their own. It is 0, unless the suite asks how they fare after a sleep written by hand. */
const handWritten = fromEnvironment('SLEEP', 'false') ? delay : 0
export const sleepByHand = async () => {
  if (handWritten > 0) await sleep(handWritten)
}
/** What is left of the budget for closing connections, for the contenders that count from there. */
export const budgetAfterSleep = budget - handWritten

/** What closes the application's database and the like. Each is a function that may reject, and that has a name. */
export const hooks = fromEnvironment('HOOKS', '[]').map(({ name, ms = 0, fails }) => ({
  name,
  async run() {
    print({ hook: name, phase: 'start' })
    await sleep(ms)
    if (fails) throw new Error(fails)
    print({ hook: name, phase: 'end' })
  },
}))

let onDrain = () => {}
/** For contenders that notify the application of the drain: `listen(end, request)` arranges the call of `end` at that time. */
export const tellOfDrain = (listen) => {
  onDrain = listen
}

export const handler = createRoutes((end, request) => onDrain(end, request))

/** `http`, `https`, `h2c`, or `h2` with HTTP/1.1 beside it. */
export const protocol = process.env.PROTOCOL ?? 'http'
export const tls = process.env.TLS && { key: readFileSync(process.env.TLS_KEY), cert: readFileSync(process.env.TLS) }

const creators = {
  http: () => createServer(handler),
  https: () => createHttpsServer(tls, handler),
  h2c: () => createHttp2Server(handler),
  h2: () => createSecureServer({ ...tls, allowHTTP1: true }, handler),
}
export const createApplication = () => configured(creators[protocol]())

export function configured(server) {
  const keepAliveTimeout = fromEnvironment('KEEP_ALIVE_TIMEOUT', 'null')
  if (keepAliveTimeout !== null) server.keepAliveTimeout = keepAliveTimeout
  return server
}

/** Where the suite asks for WebSockets: an echo, on any path. */
export const withWebSockets = fromEnvironment('WEB_SOCKETS', 'false')
export const echo = (client) => client.on('message', (data) => client.send(`echo ${data}`))

/** As ws's README attaches it. */
export function webSocketsOf(server) {
  if (!withWebSockets) return []
  const webSockets = new WebSocketServer({ server })
  webSockets.on('connection', echo)
  return [webSockets]
}

/** Starts to listen, by the contender's own way or `server.listen`, and tells of it. */
export async function start(server, { admin, listen = listenOn } = {}) {
  const after = fromEnvironment('LISTEN_AFTER', '0')
  if (after > 0) {
    print({ started: true })
    await sleep(after)
  }
  await listen(server)
  const own = server.address()?.port
  print({ listening: own, admin: (await admin?.()) ?? own })
}

const listenOn = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

process.on('SIGTERM', () => print({ signalled: true }))

export { print }
