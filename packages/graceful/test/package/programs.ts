/** A service that answers one request, sends itself SIGTERM and exits at the end of its shutdown. */
const SERVICE = `
const server = createServer((request, response) => response.end('answered'))
createGraceful(server, { shutdownDelay: 0, admin: { port: 0 } }).onShutdown('database', () => console.log('hook'))
server.listen(0, async () => {
  console.log(await (await fetch('http://127.0.0.1:' + server.address().port)).text())
  process.kill(process.pid, 'SIGTERM')
})
`

/** The output of the service on stdout. */
export const PRINTED = 'answered\nhook\n'

export const ESM: string = `import { createServer } from 'node:http'
import { createGraceful } from '@cloud-communal/graceful'
${SERVICE}`

/** A service that knows nothing of the library. */
const PLAIN = `
const server = createServer((request, response) => response.end('answered'))
server.listen(Number(process.env.PORT), '127.0.0.1', async () => {
  console.log(await (await fetch('http://127.0.0.1:' + server.address().port)).text())
  process.once('SIGTERM', () => server.close(() => console.log('hook')))
  process.kill(process.pid, 'SIGTERM')
})
`

export const PLAIN_ESM: string = `import { createServer } from 'node:http'
${PLAIN}`

export const PLAIN_COMMON_JS: string = `const { createServer } = require('node:http')
${PLAIN}`

export const COMMON_JS: string = `const { createServer } = require('node:http')
const { createGraceful } = require('@cloud-communal/graceful')
${SERVICE}`

/** Uses every kind of type that the package exports. It compiles as an ES module and as CommonJS. */
export const TYPESCRIPT: string = `import { createServer } from 'node:http'
import { createGraceful, type GracefulOptions, type ShutdownReport } from '@cloud-communal/graceful'
import '@cloud-communal/graceful/register'

const options: GracefulOptions = { timeout: undefined, exit: (code: number, report: ShutdownReport) => void [code, report] }
const graceful = createGraceful(createServer(), options)
graceful.onShutdown('database', async ({ reason }) => reason.length, { timeout: undefined })
// @ts-expect-error -- the types are found, and not \`any\`
createGraceful(createServer(), { timeout: 'soon' })
`

const TEST = `
  const server = createServer((request, response) => response.end('answered'))
  const graceful = createGraceful(server, { shutdownDelay: 0, admin: false, exit: false, logger: false })
  await new Promise((resolve) => server.listen(0, resolve))
  const response = await fetch('http://127.0.0.1:' + server.address().port, { headers: { connection: 'close' } })
  expect(await response.text()).toBe('answered')
  const { outcome } = await graceful.shutdown('end of the test')
  expect(outcome).toBe('graceful')
`

export const JEST_COMMON_JS: string = `const { createServer } = require('node:http')
const { createGraceful } = require('@cloud-communal/graceful')
test('a shutdown', async () => {${TEST}})
`

export const JEST_ESM: string = `import { createServer } from 'node:http'
import { createGraceful } from '@cloud-communal/graceful'
test('a shutdown', async () => {${TEST}})
`

export const VITEST: string = `import { createServer } from 'node:http'
import { createGraceful } from '@cloud-communal/graceful'
import { expect, test } from 'vitest'
test('a shutdown', async () => {${TEST}})
`
