import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { existsSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { watchListener } from '../../../../src/targets/local/pods/listener-watch.ts'
import type { ClosedListener } from '../../../../src/targets/local/pods/listener-watch.ts'
import { now, toEpoch } from '../../../../src/base/clock.ts'

const LINUX = existsSync('/proc/net/tcp')

async function listening(host: string): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

describe.runIf(LINUX)('the watch of a listener', () => {
  it.each(['127.0.0.1', '::'])('sees the close of a socket on %s', async (host) => {
    const { server, port } = await listening(host)
    const closed: ClosedListener[] = []
    onTestFinished(watchListener(port, (last) => closed.push(last)))
    const before = toEpoch(now())
    server.close()
    await expect.poll(() => closed).toHaveLength(1)
    expect(closed[0]).toMatchObject({ waiting: 0 })
    expect(closed[0]?.at).toBeGreaterThan(before - 100)
  })

  it('counts the connections that were not accepted', async () => {
    // This process accepts too fast: another one listens, and stops.
    const script = `const s = require('node:net').createServer().listen(0, '127.0.0.1', () => {
      console.log(s.address().port)
      process.stdin.once('data', () => { console.log('blocked'); const end = Date.now() + 1_000; while (Date.now() < end); process.exit() })
    })`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [text] = (await once(child.stdout, 'data')) as [Buffer]
    const port = Number(String(text))
    const closed: ClosedListener[] = []
    onTestFinished(watchListener(port, (last) => closed.push(last)))
    child.stdin.write('now')
    await once(child.stdout, 'data')
    const clients = [1, 2, 3].map(() => connect(port, '127.0.0.1'))
    for (const client of clients) client.on('error', () => undefined)
    await expect.poll(() => closed).toMatchObject([{ waiting: 3 }])
  })

  it('reports nothing if nothing listened, or after its end', async () => {
    const { server, port } = await listening('127.0.0.1')
    const closed: ClosedListener[] = []
    watchListener(port, (last) => closed.push(last))()
    server.close()
    await once(server, 'close')
    onTestFinished(watchListener(port, (last) => closed.push(last)))
    const other = await listening('127.0.0.1')
    onTestFinished(watchListener(other.port, (last) => closed.push({ ...last, waiting: -1 })))
    other.server.close()
    await expect.poll(() => closed).toMatchObject([{ waiting: -1 }])
  })
})
