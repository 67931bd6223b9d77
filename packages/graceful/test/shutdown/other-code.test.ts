import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

test.each(['LISTENER_THROWS', 'LOGGER_THROWS'])(
  "an error of the caller's own code (%s) affects no request, hook or exit code",
  async (fault) => {
    const service = await Service.start({ hooks: [{ name: 'database' }], env: { [fault]: '1' } })
    const slow = new RawClient(service.port).get('/slow?ms=800')
    await service.waitFor(({ handler }) => handler === '/slow?ms=800')
    service.signal()
    expect((await slow.responses(1))[0]).toMatchObject({ status: 200, body: 'slow ' })
    slow.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.messages.filter(({ hook, phase }) => hook === 'database' && phase === 'end')).toHaveLength(1)
  },
)

test('the default logger works without a reader on stderr, and the exit code is 0', async () => {
  const file = fileURLToPath(new URL('../fixtures/default-logger.mjs', import.meta.url))
  const child = spawn(process.env['GRACEFUL_TEST_NODE'] ?? process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(child.stdout, 'data')
  child.stderr.destroy()
  await once(child.stderr, 'close')
  // Without the guard, each line causes a crash and each crash a line, forever.
  const limit = setTimeout(() => child.kill('SIGKILL'), 20_000)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  clearTimeout(limit)
})
