import { tmpdir } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, Program } from '../harness/program.js'
import { RawClient } from '../harness/raw-client.js'

afterEach(killPrograms)

test.each([
  ['on the loopback', {}],
  ['on a Unix socket', { SOCKET: `${tmpdir()}/graceful-upstream-${process.pid}.sock` }],
])('a server of the same process %s serves the handlers of the others until these are drained', async (_, env) => {
  const [port] = (await freePorts(1)) as [number]
  const program = new Program('upstream.mjs', {
    env: { PORT: `${port}`, GRACEFUL_ADMIN_PORT: 'off', GRACEFUL_SHUTDOWN_DELAY: '300', ...env },
  })
  await program.waitFor(({ listening }) => listening !== undefined)
  const client = new RawClient(port).get('/slow?ms=1200')
  await program.waitFor(({ handler }) => handler === '/slow?ms=1200')
  program.signal()
  await program.waitForState('draining')
  expect((await client.responses(1))[0]).toMatchObject({ status: 200, body: 'upstream answers /slow?ms=1200' })
  client.end()
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(program.report).toMatchObject({ outcome: 'graceful' })
})
