import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { RawClient } from './harness/raw-client.js'
import { killServices, Service } from './harness/service.js'

afterEach(killServices)

test.each(['LISTENER_THROWS', 'LOGGER_THROWS'])(
  "the caller's own faults (%s) cost no request, hook or exit code",
  async (fault) => {
    const service = await Service.start({ hooks: [{ name: 'database' }], env: { [fault]: '1' } })
    const slow = new RawClient(service.port).get('/slow?ms=800')
    await service.tells(({ handler }) => handler === '/slow?ms=800')
    service.signal()
    expect((await slow.responses(1))[0]).toMatchObject({ status: 200, body: 'slow ' })
    slow.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.told.filter(({ hook, phase }) => hook === 'database' && phase === 'end')).toHaveLength(1)
  },
)

test('a stderr that nobody reads any more does not keep the default logger from ending the process with 0', async () => {
  const file = fileURLToPath(new URL('fixtures/default-logger.mjs', import.meta.url))
  const child = spawn(process.env['GRACEFUL_TEST_NODE'] ?? process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(child.stdout, 'data')
  child.stderr.destroy()
  await once(child.stderr, 'close')
  // A crash for each line, and a line for each crash, went on for ever.
  const limit = setTimeout(() => child.kill('SIGKILL'), 20_000)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  clearTimeout(limit)
})
