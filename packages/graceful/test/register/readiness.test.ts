import { tmpdir } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, Program } from '../harness/program.js'
import { RawClient } from '../harness/raw-client.js'

afterEach(killPrograms)

async function start(helper: string, env: NodeJS.ProcessEnv = {}, file = 'helpers.mjs') {
  const [port, admin, local] = (await freePorts(3)) as [number, number, number]
  const program = new Program(file, {
    env: {
      HELPER: helper,
      HELPER_PORT: `${local}`,
      GRACEFUL_ADMIN_PORT: `${admin}`,
      GRACEFUL_SHUTDOWN_DELAY: '300',
      ...(env['SERVICE'] ? { PORT: `${port}` } : {}),
      ...env,
    },
  })
  const { port: helperPort } = await program.waitFor(({ name }) => name === 'helper')
  return { program, admin, port, helperPort: helperPort as number }
}

const refused = async (port: number) => (await new RawClient(port).get('/readyz').ended()) === 'ECONNREFUSED'

/** Time from one state to the next, in ms. */
const startingTime = (program: Program) => (program.report['states'] as { starting: number }).starting

const socketPath = () => `${tmpdir()}/graceful-${process.pid}-${Math.random().toString(36).slice(2)}.sock`

describe('a helper server', () => {
  test.each(['port-0', 'loopback-0', 'loopback', 'socket'])(
    '%s: does not make the process ready, but is drained',
    async (kind) => {
      const helper = kind === 'socket' ? socketPath() : kind
      const { program, helperPort } = await start(helper, { SERVICE: '1' })
      const ready = await program.waitForState('ready')
      const starts = await program.waitFor(({ starts: name }) => name === 'service')
      expect(program.messages.indexOf(starts)).toBeLessThan(program.messages.indexOf(ready))
      if (kind === 'socket') return
      const slow = new RawClient(helperPort).get('/slow?ms=900')
      await program.waitFor(({ handler }) => handler === '/slow?ms=900')
      program.signal()
      expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ' })
      slow.end()
      expect(await program.exited).toEqual({ code: 0, signal: null })
    },
  )

  test.each(['port-0', 'loopback-0', 'loopback', 'socket'])(
    '%s: is the service if no other server follows',
    async (kind) => {
      const { program, admin } = await start(kind === 'socket' ? socketPath() : kind)
      await program.waitForState('ready')
      const probe = new RawClient(admin).get('/readyz', 'Connection: close\r\n')
      expect((await probe.responses(1))[0]).toMatchObject({ status: 200 })
      probe.destroy()
      program.signal()
      expect(await program.exited).toEqual({ code: 0, signal: null })
      expect(startingTime(program)).toBeGreaterThanOrEqual(1_990)
    },
  )

  test('on a fixed port of all addresses does not make the process ready if GRACEFUL_READY_PORT names that of the service', async () => {
    const [port] = (await freePorts(1)) as [number]
    const { program } = await start('public', { PORT: `${port}`, GRACEFUL_READY_PORT: `${port}` })
    const ready = await program.waitForState('ready')
    const starts = await program.waitFor(({ starts: name }) => name === 'service')
    expect(program.messages.indexOf(starts)).toBeLessThan(program.messages.indexOf(ready))
    program.signal()
    expect(await program.exited).toEqual({ code: 0, signal: null })
  })

  test('in a forked process never opens the admin port, and is drained', async () => {
    const { program, admin, helperPort } = await start('', { FORKED: 'loopback-0' }, 'fork.mjs')
    const slow = new RawClient(helperPort).get('/slow?ms=2600')
    await program.waitFor(({ handler }) => handler === '/slow?ms=2600')
    expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ' })
    slow.destroy()
    expect(await refused(admin)).toBe(true)
    program.signal()
    expect(await program.waitFor(({ childExit }) => childExit !== undefined)).toMatchObject({
      childExit: { code: 0, signal: null },
    })
  })
})
