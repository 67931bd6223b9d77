import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { spawn, type ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PLAIN } from '../../../src/base/wire/access.js'
import { listenersOf } from '../../../src/targets/url/listeners.js'
import { createUrlWatch, type UrlWatchOptions } from '../../../src/targets/url/watch.js'
import type { RolloutOutcome, TargetEvent } from '../../../src/targets/target.js'

const node = (code: string): string[] => [process.execPath, '-e', code]
/** With ONCE, it ends after its first response. */
const LISTEN = `require('http')
  .createServer((_, response) => response.end('', () => process.env.ONCE && setTimeout(process.exit, 10)))
  .listen(Number(process.env.PORT), () => console.log('up'))`

let port = 0
let service: ChildProcess
const url = (): string => `http://127.0.0.1:${port}`

/** Starts a process that listens on the port, and waits until it does. */
async function start(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', LISTEN], {
    env: { PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

beforeEach(async () => {
  const free: Server = createServer().listen(0)
  await once(free, 'listening')
  port = (free.address() as AddressInfo).port
  free.close()
  await once(free, 'close')
  service = await start()
})
afterEach(() => void service.kill('SIGKILL'))

interface Watched {
  readonly events: readonly TargetEvent[]
  readonly outcome: RolloutOutcome
}

async function watch(
  options: Partial<UrlWatchOptions>,
  onEvent: (event: TargetEvent, abort: AbortController) => void = () => {},
): Promise<Watched> {
  const target = createUrlWatch({
    urls: [url()],
    access: PLAIN,
    command: [],
    patienceMs: 300,
    timeoutMs: 60_000,
    ...options,
  })
  const events: TargetEvent[] = []
  const abort = new AbortController()
  await target.start((event) => {
    events.push(event)
    onEvent(event, abort)
  })
  const outcome = await target.rollout(abort.signal)
  expect(await target.restore({ kept: true })).toBeUndefined()
  return { events, outcome }
}

const types = ({ events }: Watched): string[] => events.map(({ type }) => type)
const windowOf = ({ events }: Watched): TargetEvent | undefined => events.find(({ type }) => type === 'window-closed')

describe('a service that is watched from outside', () => {
  test('has one window, from the start of the command until some time after its end', async () => {
    const watched = await watch({ command: node('') })
    expect(watched.outcome).toEqual({ status: 'finished' })
    expect(types(watched)).toEqual(['rollout-started', 'window-opened', 'window-closed', 'rollout-finished'])
    const [, opened, closed] = watched.events
    expect(closed!.at - opened!.at).toBeGreaterThanOrEqual(300)
  })

  test('was not replaced by a command that does nothing', async () => {
    expect(windowOf(await watch({ command: node('') }))).toMatchObject({ replaced: null })
  })

  test.runIf(process.platform === 'linux')('was replaced if another process listens on the port', async () => {
    const restart = `process.kill(${service.pid}); setTimeout(() => {
      const env = { PORT: '${port}', ONCE: '1' }
      const child = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(LISTEN)}], { env, stdio: ['ignore', 'pipe', 'ignore'] })
      child.stdout.once('data', () => { child.stdout.destroy(); child.unref() })
    }, 50)`
    const watched = await watch({ command: node(restart) })
    await fetch(url())
    expect(windowOf(watched)).toMatchObject({ replaced: `1 listening socket of ${url()} replaced` })
  })

  test('keeps its window open after a command that fails', async () => {
    const watched = await watch({ command: node('process.exit(7)') })
    const reason = `${process.execPath} … ended with exit code 7`
    expect(watched.outcome).toEqual({ status: 'failed', reason })
    expect(types(watched)).toEqual(['rollout-started', 'window-opened', 'rollout-failed'])
  })

  test('says that a command took too long', async () => {
    const { outcome } = await watch({ command: node('setInterval(() => {}, 1_000)'), timeoutMs: 200 })
    expect(outcome).toEqual({ status: 'failed', reason: `${process.execPath} … did not end within 0.2 s (--timeout)` })
  })

  test('ends the command at an interruption', async () => {
    const { outcome } = await watch({ command: node('setInterval(() => {}, 1_000)') }, ({ type }, abort) => {
      if (type === 'window-opened') setImmediate(() => abort.abort())
    })
    expect(outcome).toEqual({ status: 'interrupted' })
  })

  test('must answer before the load', async () => {
    service.kill('SIGKILL')
    await once(service, 'exit')
    await expect(watch({})).rejects.toThrow(`${url()} does not answer`)
  })
})

test.runIf(process.platform === 'linux')('the listening sockets of another machine are unknown', async () => {
  expect((await listenersOf(url()))?.size).toBe(1)
  expect(await listenersOf('http://192.0.2.1:80')).toBeUndefined()
})
