import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { createGracefulWith } from '../../src/graceful.js'
import type { ShutdownReport, State } from '../../src/types.js'
import { FakeRuntime } from '../harness/fake-runtime.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function start() {
  const runtime = new FakeRuntime()
  const server = createServer().listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const graceful = createGracefulWith(runtime, server, { admin: false, logger: false })
  return { runtime, graceful }
}

test.each<State>(['lameDuck', 'draining', 'closing', 'terminated'])(
  'shutdown() in a state listener, in %s, returns the current shutdown',
  async (when) => {
    const { runtime, graceful } = await start()
    const nested: Promise<ShutdownReport>[] = []
    const states: State[] = []
    graceful.onState((state) => {
      states.push(state)
      if (state === when) nested.push(graceful.shutdown('nested'))
    })
    runtime.emit('SIGTERM')
    // The state changes in the turn of the signal, so the next probe already fails.
    expect(graceful.state).toBe('lameDuck')
    const report = await runtime.complete(graceful.shutdown())
    expect(report).toMatchObject({ reason: 'SIGTERM', outcome: 'graceful', exitCode: 0 })
    expect(nested[0]).toBe(graceful.shutdown())
    expect(states).toEqual(['lameDuck', 'draining', 'closing', 'terminated'])
    expect(runtime.exits).toEqual([0])
  },
)
