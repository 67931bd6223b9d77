import { afterEach, expect, onTestFinished, test } from 'vitest'
import { GrpcClient } from '../harness/grpc-client.js'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, Program } from '../harness/program.js'

afterEach(killPrograms)

const UNAVAILABLE = 14

async function start(env: NodeJS.ProcessEnv = {}) {
  const [port, admin] = (await freePorts(2)) as [number, number]
  const variables = { GRACEFUL_SHUTDOWN_DELAY: '4000', GRACEFUL_TIMEOUT: '15000', GRACEFUL_ADMIN_PORT: `${admin}` }
  const program = new Program('grpc.mjs', { env: { PORT: `${port}`, ...variables, ...env } })
  await program.waitFor(({ listening }) => listening !== undefined)
  const client = (userAgent?: string): GrpcClient => {
    const created = new GrpcClient(port, userAgent)
    onTestFinished(() => created.close())
    return created
  }
  return { program, client }
}

test('a gRPC service with the preload: calls in flight finish, and new ones are served during the delay', async () => {
  const { program, client } = await start()
  const first = client()
  const unary = first.unary('5500')
  const count = first.count(55)
  const { call: chat, result: chatResult } = first.chat()
  chat.write('before')
  await program.waitFor(({ call }) => call === 'chat')
  await program.waitFor(({ call }) => call === 'count')
  await program.waitFor(({ call }) => call === 'unary 5500')

  program.signal()
  await program.waitForState('lameDuck')
  expect(await first.unary('1')).toEqual({ messages: ['answer to 1'], code: 0 })
  expect(await client().unary('2')).toEqual({ messages: ['answer to 2'], code: 0 })
  await program.waitForState('draining')
  expect((await client().unary('3')).code).toBe(UNAVAILABLE)
  chat.write('in the drain')
  chat.end()
  expect(await chatResult).toEqual({ messages: ['answer to before', 'answer to in the drain'], code: 0 })
  expect(await unary).toEqual({ messages: ['answer to 5500'], code: 0 })
  expect(await count).toEqual({ messages: Array.from({ length: 55 }, (_, index) => `${index + 1}`), code: 0 })
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(program.report).toMatchObject({ outcome: 'graceful', delayEnd: 'max', requestsAfterSignal: 2 })
})

test('the gRPC probe of a kubelet does not count as a new connection', async () => {
  const { program, client } = await start()
  program.signal()
  await program.waitForState('lameDuck')
  expect(await client('kube-probe/1.34').health()).toBe(2)
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(program.report).toMatchObject({ connectionsAfterSignal: 1, requestsAfterSignal: 0 })
  expect(program.report['lastArrivalMs']).toBeUndefined()
})

test('gRPC health says NOT_SERVING from the signal on, for every service, and a watch ends with the drain', async () => {
  const { program, client } = await start()
  const first = client()
  expect(await first.health()).toBe(1)
  expect(await first.health('test.Echo')).toBe(1)
  // A call that keeps the connection open.
  const slow = first.unary('5000')
  await program.waitFor(({ call }) => call === 'unary 5000')

  program.signal()
  await program.waitForState('lameDuck')
  expect(await first.health()).toBe(2)
  expect(await first.health('test.Echo')).toBe(2)
  expect(await client().health()).toBe(2)
  const { statuses, ended } = first.watchHealth()
  expect(await ended).toBe(UNAVAILABLE)
  expect(statuses).toEqual([2])
  expect(await slow).toEqual({ messages: ['answer to 5000'], code: 0 })
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(program.report).toMatchObject({ outcome: 'graceful', requestsAfterSignal: 0 })
})

test('a hook of phase signal notifies the watch that was open before the signal', async () => {
  const { program, client } = await start({ HEALTH_HOOK: '1' })
  const first = client()
  const slow = first.unary('2500')
  await program.waitFor(({ call }) => call === 'unary 2500')
  const { statuses, cancel } = first.watchHealth()
  await expect.poll(() => statuses).toEqual([1])
  program.signal()
  await expect.poll(() => statuses).toEqual([1, 2])
  expect(await slow).toEqual({ messages: ['answer to 2500'], code: 0 })
  cancel()
  expect(await program.exited).toEqual({ code: 0, signal: null })
})
