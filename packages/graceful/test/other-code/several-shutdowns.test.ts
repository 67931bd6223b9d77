import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createGracefulWith } from '../../src/graceful.js'
import type { Graceful, GracefulOptions } from '../../src/types.js'
import { FakeRuntime } from '../harness/fake-runtime.js'

/** Attaches the library to a new server of a process. */
async function attach(runtime: FakeRuntime, options: GracefulOptions): Promise<Graceful> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return createGracefulWith(runtime, server, { admin: false, logger: false, timeout: 20_000, ...options })
}

test('with two shutdowns in one process, the listeners of other code run once, when both have drained', async () => {
  const runtime = new FakeRuntime()
  const events: string[] = []
  runtime.process.on('SIGTERM', (signal: string) => {
    events.push(`${signal} at ${runtime.now()}`)
    runtime.process.exit(0)
  })
  const shutdowns = [await attach(runtime, { shutdownDelay: 1_000 }), await attach(runtime, { shutdownDelay: 3_000 })]
  shutdowns.forEach((graceful, index) => graceful.onShutdown('hook', () => events.push(`hook ${index}`)))
  runtime.emit('SIGTERM')
  const reports = await runtime.complete(Promise.all(shutdowns.map(async (graceful) => graceful.shutdown())))
  expect(events).toEqual(['hook 0', 'hook 1', 'SIGTERM at 3000'])
  for (const report of reports) {
    expect(report).toMatchObject({ outcome: 'graceful', listeners: [{ outcome: 'done' }], exitCalls: [{ code: 0 }] })
  }
  expect(runtime.exits).toEqual([0])
})

test('the last attachment that ends gives the listeners and process.exit() back', async () => {
  const runtime = new FakeRuntime()
  const called: string[] = []
  const methods = (): unknown[] => ['exit', 'kill'].map((name) => Reflect.get(runtime.process, name) as unknown)
  const before = methods()
  runtime.process.on('SIGTERM', () => called.push('other'))
  const [first, second] = [await attach(runtime, {}), await attach(runtime, {})]
  first.uninstall()
  expect(methods()).not.toEqual(before)
  second.uninstall()
  expect(methods()).toEqual(before)
  runtime.emit('SIGTERM')
  expect(called).toEqual(['other'])
})

test('a shutdown with exit: false can be followed by another one, which calls the listeners again', async () => {
  const runtime = new FakeRuntime()
  const called: number[] = []
  runtime.process.on('SIGTERM', async () => called.push(runtime.now()))
  for (const count of [1, 2]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const graceful = await attach(runtime, { exit: false, shutdownDelay: 0 })
    runtime.emit('SIGTERM')
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await runtime.complete(graceful.shutdown())).toMatchObject({ exitCode: 0, listeners: [{ outcome: 'done' }] })
    expect(called).toHaveLength(count)
    graceful.uninstall()
  }
})
