import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { copyOfLibrary } from '../harness/copy.js'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, PRELOAD, Program } from '../harness/program.js'
import { RawClient } from '../harness/raw-client.js'

afterEach(killPrograms)

const REQUIRE = ['--require', '@cloud-communal/graceful/register']
const cleanExit = { code: 0, signal: null }

async function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [port, admin] = (await freePorts(2)) as [number, number]
  const variables = { GRACEFUL_SHUTDOWN_DELAY: '3000', GRACEFUL_TIMEOUT: '12000', GRACEFUL_ADMIN_PORT: `${admin}` }
  const program = new Program(file, { args, env: { PORT: `${port}`, ...variables, ...env } })
  await program.waitFor(({ listening }) => listening !== undefined)
  return { program, port, admin }
}

async function probe(port: number, path: string): Promise<number | string> {
  const client = new RawClient(port).get(path, 'Connection: close\r\n')
  const [response] = await client.responses(1)
  client.destroy()
  return response?.status ?? client.closed!
}

const NODE_OPTIONS = { NODE_OPTIONS: '--import=@cloud-communal/graceful/register' }

test.each<[how: string, file: string, args: readonly string[], env?: NodeJS.ProcessEnv]>([
  ['an ES module, with --import', 'server.mjs', PRELOAD],
  ['an ES module, with --require', 'server.mjs', REQUIRE],
  ['an ES module, with NODE_OPTIONS', 'server.mjs', [], NODE_OPTIONS],
  ['a CommonJS module, with --import', 'server.cjs', PRELOAD],
  ['a CommonJS module, with --require', 'server.cjs', REQUIRE],
  ['a module that is imported later', 'dynamic.mjs', PRELOAD],
  ['a Node that cannot require ES modules', 'server.mjs', ['--no-experimental-require-module', ...PRELOAD]],
  ['the same preload twice', 'server.mjs', PRELOAD, NODE_OPTIONS],
])('%s: every request is served, the drain is complete, and the exit is 0', async (_, file, args, env) => {
  const { program, port, admin } = await start(file, args, env)
  await program.waitForState('ready')
  expect(await probe(admin, '/readyz')).toBe(200)
  const idle = await new RawClient(port).connected()
  const slow = new RawClient(port).get('/slow?ms=4500')
  await program.waitFor(({ handler }) => handler === '/slow?ms=4500')

  program.signal()
  await program.waitForState('lameDuck')
  expect(await probe(admin, '/readyz')).toBe(503)
  expect(await probe(admin, '/livez')).toBe(200)
  const late = Array.from({ length: 20 }, (__, index) => new RawClient(port).get(`/late/${index}`))
  for (const [index, client] of late.entries()) {
    const [response] = await client.responses(1)
    expect(response).toMatchObject({ body: `answer to /late/${index}`, headers: { connection: 'close' } })
    client.end()
  }
  await program.waitForState('draining')
  expect(await new RawClient(port).get('/too-late').ended()).toBe('ECONNREFUSED')
  idle.get('/idle')
  expect((await idle.responses(1))[0]).toMatchObject({ status: 200, headers: { connection: 'close' } })
  expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ', headers: { connection: 'close' } })
  idle.end()
  slow.end()
  expect(await program.exited).toEqual(cleanExit)
  expect(program.report).toMatchObject({ outcome: 'graceful', delayEnd: 'max', requestsAfterSignal: 21 })
  // Once, whatever the number of preloads.
  expect(program.logged('graceful: shutting down')).toHaveLength(1)
})

test('under the command of tsx, requests are served after the signal, the drain is complete, and the exit is 0', async () => {
  const { program, port } = await start('server.mjs', [fileURLToPath(import.meta.resolve('tsx/cli'))], NODE_OPTIONS)
  const slow = new RawClient(port).get('/slow?ms=1500')
  await program.waitFor(({ handler }) => handler === '/slow?ms=1500')
  program.signal()
  await program.waitForState('draining')
  expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ', headers: { connection: 'close' } })
  slow.end()
  expect(await program.exited).toEqual(cleanExit)
  expect(program.report).toMatchObject({ outcome: 'graceful', listeners: [] })
})

test('with two copies of the preload, the first one shuts the process down, once', async () => {
  const copy = copyOfLibrary().replace('index.js', 'register/register.js')
  const { program, port } = await start('server.mjs', [...PRELOAD, '--import', copy])
  program.signal()
  await program.waitForState('lameDuck')
  const client = new RawClient(port).get('/late')
  expect((await client.responses(1))[0]).toMatchObject({ status: 200, headers: { connection: 'close' } })
  client.end()
  expect(await program.exited).toEqual(cleanExit)
  expect(program.logged('graceful: shutting down')).toHaveLength(1)
  expect(program.logged('cannot listen')).toEqual([])
})

test('--require on a Node that cannot require ES modules ends with one sentence that names --import', async () => {
  const program = new Program('server.mjs', { args: ['--no-experimental-require-module', ...REQUIRE] })
  expect(await program.exited).toEqual({ code: 1, signal: null })
  const text = program.messages.map(({ line }) => line).join('\n')
  expect(text).toContain('use --import @cloud-communal/graceful/register')
})

const startWithoutServer = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const program = new Program('without-server.mjs', { args, env })
  const message = await program.waitFor(({ started }) => started === true)
  return { program, message }
}

describe('a program that never listens', () => {
  test('has the listeners, handles and output that it has without the preload', async () => {
    const plain = await startWithoutServer([])
    const preloaded = await startWithoutServer(PRELOAD, { GRACEFUL_TIMEUOT: '1' })
    expect(preloaded.message).toEqual(plain.message)
    for (const { program } of [plain, preloaded]) {
      expect(program.messages).toHaveLength(1)
      program.signal()
      expect(await program.exited).toEqual({ code: null, signal: 'SIGTERM' })
      expect(program.messages).toHaveLength(1)
    }
  })

  test('exits by itself with its own exit code', async () => {
    const { program } = await startWithoutServer(PRELOAD, { ENDS_WITH: '3' })
    expect(await program.exited).toEqual({ code: 3, signal: null })
  })
})

test('a program whose servers have closed exits by itself', async () => {
  const [port, admin] = (await freePorts(2)) as [number, number]
  const program = new Program('closing.mjs', { env: { PORT: `${port}`, GRACEFUL_ADMIN_PORT: `${admin}` } })
  await program.waitForState('ready')
  expect(await program.exited).toEqual(cleanExit)
  expect(program.logged('shutting down')).toEqual([])
})

test('a server in a worker thread is left alone, and the main thread is as it was', async () => {
  const { program, port } = await start('worker-thread.mjs', PRELOAD)
  const client = new RawClient(port).get('/one', 'Connection: close\r\n')
  expect((await client.responses(1))[0]).toMatchObject({ status: 200 })
  expect(program.messages.filter(({ msg }) => msg !== undefined)).toEqual([])
  program.signal()
  expect(await program.exited).toEqual({ code: null, signal: 'SIGTERM' })
})

test('before the signal, a request meets the same objects as without the preload', async () => {
  const [port, admin] = (await freePorts(2)) as [number, number]
  const env = { PORT: `${port}`, GRACEFUL_ADMIN_PORT: `${admin}` }
  const results = []
  for (const args of [[], PRELOAD]) {
    const program = new Program('objects.mjs', { args, env })
    await program.waitFor(({ listening }) => listening !== undefined)
    const asking = new RawClient(port).get('/one')
    await asking.responses(1)
    results.push(await program.waitFor(({ objects }) => objects !== undefined))
    program.signal('SIGKILL')
    await program.exited
    asking.destroy()
  }
  expect(results[1]).toEqual(results[0])
})
