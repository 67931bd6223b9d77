import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { createGraceful } from '../../src/graceful.js'
import type { GracefulOptions } from '../../src/types.js'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

const takenPort = async (): Promise<number> => {
  const server = createNetServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const attach = (admin: GracefulOptions['admin']) => {
  const errors: string[] = []
  const logger = { info() {}, warn() {}, error: (_: object, message: string) => void errors.push(message) }
  const graceful = createGraceful(createServer(), { admin: admin!, logger, signals: [], shutdownOnCrash: false })
  onTestFinished(() => graceful.uninstall())
  return { graceful, errors }
}

describe('the port of the admin listener', () => {
  test('is reported if it is taken, and the service continues', async () => {
    const port = await takenPort()
    const service = await Service.start({ options: { admin: { port, host: '127.0.0.1' } } })
    expect(service.admin).toBeUndefined()
    const error = await service.waitFor(({ level }) => level === 'error')
    expect(error).toMatchObject({ port, message: expect.stringContaining(`port ${port} of 127.0.0.1 (EADDRINUSE)`) })
    const client = new RawClient(service.port).get('/first')
    expect((await client.responses(1))[0]!.body).toBe('answer to /first')
    client.end()
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ outcome: 'graceful', reason: 'SIGTERM' })
  })

  test('can be awaited', async () => {
    const { graceful, errors } = attach({ port: 0, host: '127.0.0.1' })
    expect(await graceful.adminListening).toBeGreaterThan(0)
    expect(errors).toEqual([])
  })

  test('can be caught if it is taken', async () => {
    const port = await takenPort()
    const { graceful, errors } = attach({ port, host: '127.0.0.1' })
    await expect(graceful.adminListening).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(errors).toEqual([expect.stringContaining('GRACEFUL_ADMIN_PORT')])
  })

  test('is undefined without an admin listener, and after an early uninstall()', async () => {
    expect(await attach(false).graceful.adminListening).toBeUndefined()
    const { graceful } = attach({ port: 0, host: '127.0.0.1' })
    graceful.uninstall()
    expect(await graceful.adminListening).toBeUndefined()
  })
})
