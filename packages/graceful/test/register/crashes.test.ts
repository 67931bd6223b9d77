import { afterEach, describe, expect, test } from 'vitest'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, Program } from '../harness/program.js'
import { RawClient } from '../harness/raw-client.js'

afterEach(killPrograms)

async function crash(env: NodeJS.ProcessEnv) {
  const [port, admin] = (await freePorts(2)) as [number, number]
  const program = new Program('crash.mjs', {
    env: { PORT: `${port}`, GRACEFUL_ADMIN_PORT: `${admin}`, GRACEFUL_SHUTDOWN_DELAY: '200', ...env },
  })
  await program.waitForState('ready')
  program.signal('SIGUSR2')
  return { program, port }
}

describe.each(['exception', 'rejection'])('an %s that nothing handles', (how) => {
  test('starts a shutdown with exit code 1', async () => {
    const { program } = await crash({ HOW: how })
    expect(await program.exited).toEqual({ code: 1, signal: null })
    expect(program.report).toMatchObject({ outcome: 'crashed' })
  })

  test('goes to the listener of the program alone, which can continue', async () => {
    const { program, port } = await crash({ HOW: how, OWN: 'continues' })
    expect(await program.waitFor(({ own }) => own !== undefined)).toEqual({ own: 'test error' })
    const client = new RawClient(port).get('/after')
    expect((await client.responses(1))[0]).toMatchObject({ body: 'ok', headers: { connection: 'keep-alive' } })
    client.destroy()
    expect(program.logged('shutting down')).toEqual([])
  })

  test('goes to an error tracker that counts the other listeners before it exits', async () => {
    const { program } = await crash({ HOW: how, OWN: 'tracker' })
    expect(await program.exited).toEqual({ code: 7, signal: null })
    expect(program.messages.find(({ own }) => own !== undefined)).toEqual({ own: 'test error', others: 0 })
  })
})

test('a listener of the program for rejections alone handles them', async () => {
  const { program } = await crash({ HOW: 'rejection', OWN: 'rejections' })
  expect(await program.waitFor(({ own }) => own !== undefined)).toEqual({ own: 'test error' })
  expect(program.logged('shutting down')).toEqual([])
})
