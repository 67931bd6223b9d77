// A service on plain node:http with one fault planted in it. The services in the other languages behave the same.
//   FAULT  see ../faults.ts; without a fault the service drains without dropping a request
//   EVERY  each EVERY-th request meets a fault that does not depend on the shutdown
import { createServer } from 'node:http'
import { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const { PORT, VERSION, FAULT = 'none', EVERY = '40' } = process.env
/** From SIGTERM to the close of the listener: longer than the news takes to reach the load balancers. */
const DELAY = 2_500
/** The same of `cut`: so short that slow requests are still in flight. */
const SHORT_DELAY = 1_500
/** How long a new pod of `unready` answers 503 although its readiness probe succeeds, and how long the first requests of `cold` take. */
const START = 3_000

const began = Date.now()
let seen = 0
let leaving = false
let closed = false

const isPlanted = (id) => {
  if (id === undefined || id.startsWith('zd-preflight')) return false
  seen += 1
  return seen % Number(EVERY) === 0
}

/** Faults of single requests. Each returns true if it has answered, or never will. */
const FAULTS = {
  fin: ({ socket }) => socket.end(),
  rst: ({ socket }) => socket.resetAndDestroy(),
  truncated: ({ socket }, response) => {
    response.writeHead(200, { 'Content-Length': 1_000 })
    response.write('half')
    setImmediate(() => socket.end())
  },
  twice: ({ socket }, response, body) => {
    response.prependListener('finish', () =>
      socket.write(`HTTP/1.1 200 Again\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    )
    response.writeHead(200, { 'Content-Length': body.length }).end(body)
  },
  late: (_request, response, body) => sleep(8_000).then(() => response.end(body)),
  'wrong-body': (_request, response) => response.end('for somebody else'),
  error: (_request, response) => response.writeHead(500).end('broken'),
  'executed-twice': ({ headers }, response, body) => {
    console.log(`started ${headers['x-request-id']}`)
    response.end(body)
  },
  // The proxy in front sends the request to another pod.
  'retrying-proxy': ({ socket }) => socket.destroy(),
}

const server = createServer({ keepAliveTimeout: 1_000 }, async (request, response) => {
  const id = request.headers['x-request-id']?.toString()
  const { pathname, searchParams } = new URL(request.url, 'http://service')
  if (pathname === '/ready') return void response.end('ready')
  console.log(`started ${String(id)}`)
  response.once('finish', () => console.log(`finished ${String(id)}`))
  const body = `hello ${String(id)}`
  if (FAULT === 'unready' && VERSION === 'v2' && Date.now() - began < START)
    return void response.writeHead(503).end('starting')
  if (FAULT === 'cold' && VERSION === 'v2' && Date.now() - began < START) await sleep(8_000)
  if (leaving && FAULT === 'hangs') return undefined
  if (leaving && FAULT === 'refuses') return void response.writeHead(503, { Connection: 'close' }).end('leaving')
  if (FAULT in FAULTS && isPlanted(id)) {
    console.log(`planted ${String(id)}`)
    return void FAULTS[FAULT](request, response, body)
  }
  if (pathname === '/work') await sleep(Number(searchParams.get('ms')))
  if (FAULT === 'closes-always' || (leaving && (FAULT !== 'idle' || closed))) response.setHeader('Connection', 'close')
  return void response.end(body)
})

const drain = () => {
  closed = true
  server.close(() => process.exit(0))
}

const TERMINATION = {
  exit: () => process.exit(0),
  ignored: () => {},
  'no-delay': () => {
    leaving = true
    drain()
  },
  cut: () => {
    leaving = true
    setTimeout(() => {
      server.close(() => process.exit(0))
      server.closeAllConnections()
    }, SHORT_DELAY)
  },
  backlog: () => {
    leaving = true
    setTimeout(() => {
      // Nothing is accepted, and the connections in the backlog are reset.
      for (const end = Date.now() + 400; Date.now() < end;) continue
      // The listener alone: the requests on open connections are answered.
      Server.prototype.close.call(server)
      setTimeout(() => process.exit(0), 4_500)
    }, 300)
  },
  hangs: () => {
    leaving = true
    setTimeout(() => server.close(), DELAY)
  },
}

if (FAULT !== 'no-handler') {
  process.on('SIGTERM', () => {
    const terminate = TERMINATION[FAULT]
    leaving ||= terminate === undefined
    if (terminate === undefined) setTimeout(drain, DELAY)
    else terminate()
  })
}
server.listen(Number(PORT), '127.0.0.1')
