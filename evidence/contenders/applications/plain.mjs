// An application on Node's HTTP modules. `ROUTES` names the module with its routes; the default are those of the library's tests.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSecureServer, createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'

const { createRoutes, print } = await import(
  process.env.ROUTES ?? '../../../packages/graceful/test/fixtures/routes.mjs'
)

const fromEnvironment = (name, otherwise) => JSON.parse(process.env[name] ?? otherwise)

export const hooks = fromEnvironment('HOOKS', '[]').map(({ name, ms = 0, fails }) => ({
  name,
  async run() {
    print({ hook: name, phase: 'start' })
    await sleep(ms)
    if (fails) throw new Error(fails)
    print({ hook: name, phase: 'end' })
  },
}))

const log = (level) => (fields, message) => print({ level, message, ...fields })
export const logger = { info: log('info'), warn: log('warn'), error: log('error') }

let listenToDrain = () => {}
export const onDrain = (listen) => {
  listenToDrain = listen
}

export const handler = createRoutes((end, request) => listenToDrain(end, request))

/** `http`, `https`, `h2c`, or `h2` with HTTP/1.1 on the same port. */
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

/** Whether a run asks for WebSockets: an echo on any path. */
export const withWebSockets = fromEnvironment('WEB_SOCKETS', 'false')
export const echo = (client) => client.on('message', (data) => client.send(`echo ${data}`))

/** Attaches them as the README of `ws` does. */
export function webSocketsOf(server) {
  if (!withWebSockets) return []
  const webSockets = new WebSocketServer({ server })
  webSockets.on('connection', echo)
  return [webSockets]
}

/** Starts to listen with `listen`, default `server.listen`, and reports the port. */
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
