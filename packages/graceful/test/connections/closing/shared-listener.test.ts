import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

interface Shared {
  readonly service: Service
  readonly port: number
  readonly leaving: number
  readonly surviving: number
}

async function start(kind: string): Promise<Shared> {
  const service = await Service.start({ fixture: 'shared-listener.mjs', env: { KIND: kind } })
  const { workers, port } = await service.waitFor((message) => message['workers'] !== undefined)
  const [leaving, surviving] = workers as [number, number]
  onTestFinished(() => {
    for (const pid of [leaving, surviving]) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has exited.
      }
    }
  })
  for (const worker of [leaving, surviving])
    await service.waitFor(({ pid, state }) => pid === worker && state === 'ready')
  service.send('ready')
  await service.waitFor(({ listening }) => listening !== undefined)
  return { service, port: port as number, leaving, surviving }
}

/** Opens connections, at most 40 at a time, each with one request, until `stop`. Returns the number of each outcome. */
function load(port: number) {
  const stopped = new AbortController()
  const outcomes: Record<string, number> = {}
  const loop = async () => {
    while (!stopped.signal.aborted) {
      const client = new RawClient(port).get('/one')
      const [response] = await client.responses(1)
      client.destroy()
      const outcome = response?.body ?? client.error ?? 'closed without a response'
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
  }
  const loops = Promise.all(Array.from({ length: 40 }, loop))
  return { stop: () => stopped.abort(), finished: async () => (await loops, outcomes) }
}

describe.each(['fd', 'handle', 'SCHED_NONE', 'SCHED_RR'])(
  'a listening socket that two processes share (%s)',
  (kind) => {
    test('loses no connection when one of them shuts down under load', async () => {
      const { service, port, leaving, surviving } = await start(kind)
      const { stop, finished } = load(port)
      await service.waitFor(({ handler }) => handler === '/one')
      process.kill(leaving, 'SIGTERM')
      await service.waitFor(({ pid, state }) => pid === leaving && state === 'terminated')
      const before = service.handlersRun('/one')
      await service.waitFor(() => service.handlersRun('/one') > before + 20)
      stop()
      expect(await finished()).toEqual({ 'answer to /one': expect.any(Number) })
      expect(service.messages.some(({ pid, state }) => pid === surviving && state !== 'ready')).toBe(false)
    })
  },
)

describe.each(['fd', 'handle', 'SCHED_NONE'])('a listening socket that two processes share (%s)', (kind) => {
  test('keeps its backlog for the survivor, which serves it later', async () => {
    const { service, port, leaving, surviving } = await start(kind)
    process.kill(surviving, 'SIGSTOP')
    const { stop, finished } = load(port)
    await service.waitFor(({ handler }) => handler === '/one')
    process.kill(leaving, 'SIGTERM')
    await service.waitFor(({ pid, state }) => pid === leaving && state === 'draining')
    stop()
    // With a reduced backlog, the kernel would leave most of these connections without an answer.
    const late = Array.from({ length: 60 }, () => new RawClient(port).get('/late'))
    await Promise.all(late.map(async (client) => client.connected()))
    process.kill(surviving, 'SIGCONT')
    for (const client of late) expect((await client.responses(1))[0]).toMatchObject({ body: 'answer to /late' })
    expect(await finished()).toEqual({ 'answer to /one': expect.any(Number) })
    for (const client of late) client.destroy()
  })
})
