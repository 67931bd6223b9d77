// A proxy in front of the service, in the same pod. It sends a request again to another pod if its own service does not answer.
//   node proxy.mjs COMMAND…
//   PODS  a folder with the port of the service of each pod
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'

const { PORT, POD_NAME = String(process.pid), PODS } = process.env
const [file, ...args] = process.argv.slice(2)
const own = Number(PORT) - 10_000
const service = spawn(file, args, { env: { ...process.env, PORT: String(own) }, stdio: 'inherit' })
service.once('spawn', () => writeFileSync(join(PODS, POD_NAME), String(own)))

const others = () =>
  readdirSync(PODS)
    .filter((pod) => pod !== POD_NAME)
    .map((pod) => Number(readFileSync(join(PODS, pod), 'utf8')))

let leaving = false

const pass = (incoming, response, [port, ...rest]) => {
  if (port === undefined) {
    response.writeHead(502).end()
    return
  }
  const { method, url, headers } = incoming
  const options = {
    host: '127.0.0.1',
    port,
    method,
    path: url,
    headers: { ...headers, connection: 'close' },
    agent: false,
  }
  request(options, (answer) => {
    const length = answer.headers['content-length']
    if (length !== undefined) response.setHeader('Content-Length', length)
    if (leaving) response.setHeader('Connection', 'close')
    answer.pipe(response.writeHead(answer.statusCode))
  })
    .on('error', () => pass(incoming, response, rest))
    .end()
}

const server = createServer({ keepAliveTimeout: 1_000 }, (incoming, response) =>
  pass(incoming, response, incoming.url === '/ready' ? [own] : [own, ...others()]),
)

process.on('SIGTERM', () => {
  leaving = true
  setTimeout(() => {
    server.close(() => {
      service.kill('SIGKILL')
      process.exit(0)
    })
  }, 2_500)
})
server.listen(Number(PORT), '127.0.0.1')
