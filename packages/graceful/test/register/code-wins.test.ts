import { afterEach, expect, test } from 'vitest'
import { copyOfLibrary } from '../harness/copy.js'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, Program } from '../harness/program.js'
import { RawClient } from '../harness/raw-client.js'

afterEach(killPrograms)

test.each([
  ['before', 'the same copy'],
  ['after', 'the same copy'],
  ['before', 'another copy'],
  ['after', 'another copy'],
])('createGraceful %s listen, with %s: its options apply to every server, once', async (when, copy) => {
  const [port, otherPort, admin] = (await freePorts(3)) as [number, number, number]
  // The preload has the same admin port, which must be free when the program takes over.
  const env = {
    PORT: `${port}`,
    OTHER_PORT: `${otherPort}`,
    ADMIN: `${admin}`,
    WHEN: when,
    GRACEFUL_ADMIN_PORT: `${admin}`,
  }
  const program = new Program('code-wins.mjs', {
    env: { ...env, GRACEFUL_SHUTDOWN_DELAY: '0', ...(copy === 'another copy' ? { COPY: copyOfLibrary() } : {}) },
  })
  await program.waitFor(({ started }) => started === true)
  const probe = new RawClient(admin).get('/readyz', 'Connection: close\r\n')
  expect((await probe.responses(1))[0]).toMatchObject({ status: 200 })
  probe.destroy()
  const slow = new RawClient(otherPort).get('/slow?ms=4000')
  await program.waitFor(({ handler }) => handler === '/slow?ms=4000')

  program.signal()
  await program.waitForState('lameDuck')
  for (const one of [port, otherPort]) {
    const client = new RawClient(one).get(`/late/${one}`)
    expect((await client.responses(1))[0]).toMatchObject({ status: 200, headers: { connection: 'close' } })
    client.end()
  }
  expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ', headers: { connection: 'close' } })
  slow.end()
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(program.messages.filter(({ hook }) => hook === 'pool')).toHaveLength(1)
  expect(program.logged('graceful: shutting down')).toHaveLength(1)
  expect(program.logged('the program calls createGraceful')).toHaveLength(1)
  expect(program.logged('cannot listen')).toEqual([])
  expect(program.report).toMatchObject({ delayEnd: 'max', outcome: 'graceful', requestsAfterSignal: 2 })
})

async function startWith(when: string, env: NodeJS.ProcessEnv = {}) {
  const [port, otherPort, admin] = (await freePorts(3)) as [number, number, number]
  const ports = { PORT: `${port}`, OTHER_PORT: `${otherPort}`, ADMIN: `${admin}`, GRACEFUL_ADMIN_PORT: `${admin}` }
  const program = new Program('code-wins.mjs', { env: { ...ports, WHEN: when, ...env } })
  await program.waitFor(({ started }) => started === true)
  return { program, port, otherPort }
}

test.each(['before', 'after'])(
  'two calls of createGraceful %s listen: each shuts down its own server, once',
  async (when) => {
    const { program, port, otherPort } = await startWith(`twice ${when}`)
    program.signal()
    await program.waitFor(() => program.logged('ready -> lameDuck').length === 2)
    for (const one of [port, otherPort]) {
      const client = new RawClient(one).get(`/late/${one}`)
      expect((await client.responses(1))[0]).toMatchObject({ status: 200, headers: { connection: 'close' } })
      client.end()
    }
    expect(await program.exited).toEqual({ code: 0, signal: null })
    const reports = program.messages.flatMap(({ report }) => report ?? [])
    expect(reports).toHaveLength(2)
    for (const report of reports) expect(report).toMatchObject({ outcome: 'graceful', requestsAfterSignal: 1 })
  },
)

test('createGraceful with an invalid option throws, and the preload stays', async () => {
  const { program } = await startWith('invalid', { GRACEFUL_SHUTDOWN_DELAY: '0' })
  expect(await program.waitFor(({ thrown }) => thrown !== undefined)).toEqual({ thrown: 'TypeError' })
  program.signal()
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(program.logged('the program calls createGraceful')).toEqual([])
  expect(program.report).toMatchObject({ outcome: 'graceful', delayEnd: 'max' })
})
