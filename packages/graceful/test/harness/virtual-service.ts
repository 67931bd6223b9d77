import { once } from 'node:events'
import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { createGracefulWith } from '../../src/graceful.js'
import type { Graceful } from '../../src/types.js'
import type { GracefulOptions } from '../../src/types.js'
import { FakeRuntime } from './fake-runtime.js'

export interface VirtualService {
  readonly runtime: FakeRuntime
  readonly graceful: Graceful
  /** Fields of the log lines of level error. */
  readonly errors: unknown[]
}

/** Starts a service in virtual time. Its server closes at the end of the test. */
export async function startVirtualService(options: GracefulOptions = {}): Promise<VirtualService> {
  const runtime = new FakeRuntime()
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const errors: unknown[] = []
  const logger = { info() {}, warn() {}, error: (fields: object) => void errors.push(fields) }
  const graceful = createGracefulWith(runtime, server, { admin: false, logger, ...options })
  return { runtime, graceful, errors }
}
