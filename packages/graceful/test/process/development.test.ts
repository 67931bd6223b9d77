import { describe, expect, onTestFinished, test } from 'vitest'
import { watcherIn } from '../../src/process/watcher.js'
import { RawClient } from '../harness/raw-client.js'
import { Service } from '../harness/service.js'
import { startVirtualService } from '../harness/virtual-service.js'
import type { GracefulOptions, ShutdownReport } from '../../src/types.js'

/** Starts a service in virtual time, delivers the signal, and returns the report. */
async function reportOf(
  signal: NodeJS.Signals,
  options: GracefulOptions = {},
  watcher?: string,
): Promise<ShutdownReport> {
  const { runtime, graceful } = await startVirtualService(options)
  runtime.watcher = watcher
  runtime.emit(signal)
  return runtime.complete(graceful.shutdown())
}

describe('the propagation delay of a development server', () => {
  test('is left out after SIGINT', async () => {
    expect(await reportOf('SIGINT')).toMatchObject({ delayEnd: 'development', exitCode: 0 })
  })

  test.each(['node --watch', 'tsx watch', 'nodemon'])('is left out after a SIGTERM from %s', async (watcher) => {
    expect(await reportOf('SIGTERM', {}, watcher)).toMatchObject({ delayEnd: 'development', exitCode: 0 })
  })

  test('is kept after a SIGTERM without a watcher', async () => {
    expect(await reportOf('SIGTERM')).toMatchObject({ delayEnd: 'expected' })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('is kept after %s if shutdownDelay is set', async (signal) => {
    expect(await reportOf(signal, { shutdownDelay: 3_000 }, 'nodemon')).toMatchObject({ delayEnd: 'max' })
  })

  test('is announced as left out in one log line that names the reason', async () => {
    const lines: string[] = []
    const log = (_: object, message: string): void => void lines.push(message)
    await reportOf('SIGTERM', { logger: { info: log, warn: log, error: log } }, 'tsx watch')
    expect(lines.filter((line) => line.includes('no propagation delay'))).toEqual([
      'graceful: no propagation delay: tsx watch restarts this process, so no proxy sends traffic here; set shutdownDelay to wait anyway',
    ])
  })
})

describe('a SIGINT that is delivered twice', () => {
  test('within 500 ms is one key press: the request in flight and the hooks complete', async () => {
    const service = await Service.start({ options: { shutdownDelay: 0 }, hooks: [{ name: 'database' }] })
    const client = new RawClient(service.port).get('/slow?ms=500')
    await service.waitFor(({ handler }) => handler === '/slow?ms=500')
    service.signal('SIGINT')
    await service.waitForState('lameDuck')
    service.signal('SIGINT')
    expect((await client.responses(1))[0]).toMatchObject({ status: 200 })
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ hooks: [{ name: 'database', outcome: 'done' }] })
  })

  test('later than that ends the process at once', async () => {
    const { runtime } = await startVirtualService({ shutdownDelay: 10_000 })
    runtime.emit('SIGINT')
    await runtime.advance(500)
    runtime.emit('SIGINT')
    expect(runtime.exits).toEqual([])
    await runtime.advance(1)
    runtime.emit('SIGINT')
    expect(runtime.exits).toEqual([130])
  })
})

describe('a watcher', () => {
  test.each([
    [['node', 'node_modules/.bin/nodemon', 'main.js'], 'nodemon'],
    [['/usr/bin/node', '/app/node_modules/nodemon/bin/nodemon.js', '--signal', 'SIGTERM', 'main.js'], 'nodemon'],
    [['node', 'node_modules/.bin/tsx', 'watch', 'main.ts'], 'tsx watch'],
    [['node', '/app/node_modules/tsx/dist/cli.mjs', 'watch', 'main.ts'], 'tsx watch'],
    [['node', 'node_modules/.bin/tsx', 'main.ts'], undefined],
    [['node', 'main.js', 'watch'], undefined],
    [['sh', '-c', 'node main.js'], undefined],
  ])('is recognized by the command line %j', (argv, expected) => {
    expect(watcherIn(argv)).toBe(expected)
  })

  test('is found above a process, outside Kubernetes and production only', async () => {
    for (const [env, delayEnd] of [
      [{}, 'development'],
      [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'expected'],
      [{ NODE_ENV: 'production' }, 'expected'],
    ] as const) {
      const service = await Service.start({
        options: { shutdownDelay: undefined, timeout: 1_500 },
        env: { WATCH_REPORT_DEPENDENCIES: '1', ...env },
      })
      onTestFinished(() => service.signal('SIGKILL'))
      service.signal('SIGTERM')
      expect(await service.exited).toEqual({ code: 0, signal: null })
      expect(service.report).toMatchObject({ delayEnd })
    }
  })
})
