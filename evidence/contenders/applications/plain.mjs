// An application on Node's HTTP modules. `ROUTES` names the module with its routes; the default are those of the library's tests.
import { readFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { createSecureServer, createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createNetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import { logger, print } from '../../../packages/graceful/test/fixtures/output.mjs'

const { createRoutes } = await import(process.env.ROUTES ?? '../../../packages/graceful/test/fixtures/routes.mjs')

const fromEnvironment = (name, otherwise) => JSON.parse(process.env[name] ?? otherwise)

export const hooks = fromEnvironment('HOOKS', '[]').map(({ name, phase, ms = 0, fails }) => ({
  name,
  // For the contenders that have phases. The others run the hooks in their order.
  phase,
  async run() {
    print({ hook: name, phase: 'start' })
    await sleep(ms)
    if (fails) throw new Error(fails)
    print({ hook: name, phase: 'end' })
  },
}))

export { logger }

let listenToDrain = () => {}
export const onDrain = (listen) => {
  listenToDrain = listen
}

let waitFor = () => {}
export const onWork = (wait) => {
  waitFor = wait
}

export const handler = createRoutes(
  (end, request) => listenToDrain(end, request),
  (work) => waitFor(work),
)

/** How long the last job takes in ms, or `never`. Without it, there are no jobs. */
const lastJob = process.env.JOB
const stop = new AbortController()
let jobs = Promise.resolve()

async function takeJobs(isStopped) {
  if (lastJob === undefined) return
  while (!stop.signal.aborted && !isStopped()) {
    print({ job: 'taken' })
    await sleep(20)
  }
  await (lastJob === 'never' ? new Promise(() => {}) : sleep(Number(lastJob)))
  print({ job: 'done' })
}

export const stopJobs = async () => {
  stop.abort()
  await jobs
}

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

/** Whether a run asks for WebSockets: an echo on any path. With `piped`, a proxy passes them to another server. */
export const withWebSockets = fromEnvironment('WEB_SOCKETS', 'false')
export const echo = (client) => client.on('message', (data) => client.send(`echo ${data}`))

/** Attaches them as the README of `ws` does. */
export function attachWebSockets(server) {
  if (withWebSockets === 'piped') pipeWebSockets(server)
  else if (withWebSockets) new WebSocketServer({ server }).on('connection', echo)
}

/** Passes upgraded connections to another server byte by byte, as http-proxy does. */
export function pipeWebSockets(server) {
  const backend = createServer()
  new WebSocketServer({ server: backend }).on('connection', echo)
  backend.listen(0, '127.0.0.1').unref()
  server.on('upgrade', ({ url, headers }, socket) => {
    socket.on('error', () => {})
    const { port } = backend.address()
    get({ host: '127.0.0.1', port, path: url, headers }).on('upgrade', ({ rawHeaders }, upstream) => {
      const lines = rawHeaders.map((text, index) => `${text}${index % 2 === 0 ? ': ' : '\r\n'}`)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`)
      upstream.on('error', () => socket.destroy())
      upstream.pipe(socket).pipe(upstream)
    })
  })
}

/**
 * Starts the jobs of a worker without a server, which end as those of {@link start}, and reports the start. The work of a job can continue
 * after it: `wait` makes the shutdown wait for that, if the contender can.
 */
export function startJobs(wait = () => {}, { isStopped = () => false, onJobsEnd } = {}) {
  const work = fromEnvironment('WORK', 'null')
  if (work !== null) wait(sleep(work).then(() => print({ work: 'done' })))
  jobs = takeJobs(isStopped)
  if (onJobsEnd) void jobs.then(onJobsEnd)
  otherCode[process.env.OTHER_CODE]?.()
  print({ listening: null })
}

/** Listens with a helper server, as frameworks have one. */
export const listenHelper = async () => listenOn(createServer(handler))

/**
 * Starts to listen with `listen`, default `server.listen`, and reports the port. Starts the jobs, which end with `stopJobs()`, or when
 * `isStopped` returns true. Then it calls `onJobsEnd`.
 */
export async function start(server, { admin, listen = listenOn, isStopped = () => false, onJobsEnd } = {}) {
  otherCode[process.env.OTHER_CODE]?.(server)
  jobs = takeJobs(isStopped)
  if (onJobsEnd) void jobs.then(onJobsEnd)
  const after = fromEnvironment('LISTEN_AFTER', '0')
  if (after > 0) {
    print({ started: true })
    await sleep(after)
  }
  // A framework is not ready without its own call.
  if (!process.env.FED || listen !== listenOn) await listen(server)
  const own = process.env.FED ? await feed(server) : server.address()?.port
  print({ listening: own, admin: (await admin?.()) ?? own })
}

/** Accepts connections for a server that does not listen, as with sticky sessions. Returns the port. */
const feed = (server) =>
  new Promise((resolve) => {
    const front = createNetServer((socket) => server.emit('connection', socket))
    // The other process of sticky sessions does not keep this one alive.
    process.once('SIGTERM', () => front.unref())
    front.listen(0, '127.0.0.1', () => resolve(front.address().port))
  })

const listenOn = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

// Code that ends the process by itself. An application or its framework brings it, whatever shuts down the server.
const cleanUp = async () => {
  await sleep(100)
  print({ cleanedUp: true })
}
const otherCode = {
  exits: () => process.on('SIGTERM', () => void cleanUp().finally(() => process.exit(0))),
  fails: () => process.on('SIGTERM', () => void cleanUp().finally(() => process.exit(3))),
  raises: () => process.once('SIGTERM', () => void cleanUp().finally(() => process.kill(process.pid, 'SIGTERM'))),
  closes: (server) => process.on('SIGTERM', () => server.close(() => void cleanUp().finally(() => process.exit(0)))),
  // A long poll, as those of Socket.IO, which ends when its server closes.
  wakes: (server) =>
    server.on('request', ({ url }, response) => {
      if (url === '/hang') process.once('SIGTERM', () => response.end('woken'))
    }),
  closesOnly: (server) => process.on('SIGTERM', () => server.close(cleanUp)),
}

await import('../signalled.mjs')
// An application often has a listener of its own.
process.on('SIGTERM', () => {})
