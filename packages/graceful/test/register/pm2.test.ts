import { afterEach, describe, expect, test } from 'vitest'
import { freePorts } from '../harness/free-ports.js'
import { killPrograms, Program } from '../harness/program.js'
import { RawClient } from '../harness/raw-client.js'

afterEach(killPrograms)

/** The variables that PM2 gives to a process, and its channel. */
async function start(env: NodeJS.ProcessEnv = {}) {
  const [port, admin] = (await freePorts(2)) as [number, number]
  const pm2 = { pm_id: '0', NODE_APP_INSTANCE: '0', wait_ready: 'true', kill_timeout: '30000' }
  const program = new Program('server.mjs', {
    channel: true,
    env: { PORT: `${port}`, GRACEFUL_ADMIN_PORT: `${admin}`, ...pm2, ...env },
  })
  await program.waitForState('ready')
  await program.waitFor(({ listening }) => listening !== undefined)
  return program
}

const sent = (program: Program) => program.messages.filter((message) => 'sent' in message)

describe('under PM2', () => {
  test('the process tells PM2 that it is ready', async () => {
    const program = await start()
    expect(await program.waitFor((message) => 'sent' in message)).toEqual({ sent: 'ready' })
  })

  test('without wait_ready it sends nothing', async () => {
    const program = await start({ wait_ready: 'false' })
    program.signal('SIGINT')
    await program.exited
    expect(sent(program)).toEqual([])
  })

  test('SIGINT in a pod comes from the kubelet, through PM2: the propagation delay holds', async () => {
    const program = await start({ KUBERNETES_SERVICE_HOST: '10.0.0.1', GRACEFUL_TIMEOUT: '2000' })
    program.signal('SIGINT')
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(program.report).toMatchObject({ delayEnd: 'expected' })
  })

  test('SIGINT outside Kubernetes has no propagation delay', async () => {
    const program = await start()
    program.signal('SIGINT')
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(program.report).toMatchObject({ delayEnd: 'development' })
    expect(program.logged('SIGINT comes from PM2')).toHaveLength(1)
  })

  test.each([
    ['30000', 0],
    ['25000', 1],
    [undefined, 1],
  ])('kill_timeout %s causes %i warnings', async (killTimeout, count) => {
    const program = await start({ kill_timeout: killTimeout })
    expect(program.logged('kill_timeout')).toHaveLength(count)
  })

  test.each([
    ['0', 'open'],
    ['1', 'ECONNREFUSED'],
  ])('only the first instance of a program has the admin listener: %s', async (instance, expected) => {
    const [admin] = (await freePorts(1)) as [number]
    await start({ NODE_APP_INSTANCE: instance, GRACEFUL_ADMIN_PORT: `${admin}` })
    const client = await new RawClient(admin).connected()
    expect(client.closed ?? 'open').toBe(expected)
    client.destroy()
  })
})
