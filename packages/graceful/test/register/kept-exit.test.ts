import { afterEach, expect, test } from 'vitest'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, Program } from '../harness/program.js'
import { RawClient } from '../harness/raw-client.js'

afterEach(killPrograms)

async function start(env: NodeJS.ProcessEnv) {
  const [port] = (await freePorts(1)) as [number]
  const program = new Program('kept-exit.mjs', {
    env: { PORT: `${port}`, GRACEFUL_ADMIN_PORT: 'off', GRACEFUL_SHUTDOWN_DELAY: '500', ...env },
  })
  return { program, port }
}

test.each([
  ['exit', 0],
  ['kill', 0],
  ['fails', 5],
])('a reference that the program kept before the first server listens is deferred: %s', async (end, code) => {
  const { program, port } = await start({ END: end })
  await program.waitFor(({ listening }) => listening !== undefined)
  const slow = new RawClient(port).get('/slow?ms=1500')
  await program.waitFor(({ handler }) => handler === '/slow?ms=1500')
  program.signal()
  expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ' })
  slow.end()
  expect(await program.exited).toEqual({ code, signal: null })
  expect(program.messages).toContainEqual({ cleanedUp: true })
  expect(program.report['exitCalls']).toEqual([
    { method: end === 'kill' ? 'kill' : 'exit', code, caller: expect.stringContaining('kept-exit.mjs') },
  ])
})

test('a kept process.exit() during the delay ends neither a request nor the clean-up of a listener', async () => {
  const { program, port } = await start({ END: 'exit' })
  await program.waitFor(({ listening }) => listening !== undefined)
  const slow = new RawClient(port).get('/slow?ms=1500')
  await program.waitFor(({ handler }) => handler === '/slow?ms=1500')
  program.signal()
  await program.waitForState('lameDuck')
  const exiting = new RawClient(port).get('/exit')
  expect((await exiting.responses(1))[0]).toMatchObject({ body: 'answer to /exit' })
  exiting.end()
  expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ' })
  slow.end()
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(program.messages).toContainEqual({ cleanedUp: true })
})

test('before a server listens, process.exit() ends the process', async () => {
  const { program } = await start({ BEFORE_LISTEN: '1' })
  expect(await program.exited).toEqual({ code: 6, signal: null })
})
