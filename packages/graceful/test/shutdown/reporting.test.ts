import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, node, Service } from '../harness/service.js'

afterEach(killServices)

const cleanExit = { code: 0, signal: null }
const upgrade = 'Connection: Upgrade\r\nUpgrade: own\r\n'

test.each(
  ['logger', 'onState', 'closeUpgraded', 'webSocket'].flatMap((fault) =>
    ['throws', 'rejects'].map((kind) => [fault, kind] as const),
  ),
)('the outcome is the same if %s %s: the response arrives, the hook runs, exit code 0', async (fault, kind) => {
  const service = await Service.start({
    fixture: 'faults.mjs',
    env: { FAULT: fault, FAULT_KIND: kind },
    stderr: 'messages',
  })
  const slow = new RawClient(service.port).get('/slow')
  const upgraded = new RawClient(service.port).get('/', upgrade)
  await upgraded.receives('101 Switching')
  service.signal()
  expect((await slow.responses(1))[0]).toMatchObject({ status: 200, body: 'ok' })
  slow.end()
  upgraded.end()
  expect(await service.exited).toEqual(cleanExit)
  expect(service.messages).toContainEqual({ hook: 'done' })
  const text = JSON.stringify(service.messages)
  expect(text).toContain(`test error in ${fault}`)
  // A logger logs a line for each state. Its failure is reported once.
  expect(text.split('the logger failed')).toHaveLength(fault === 'logger' ? 2 : 1)
})

test.each(['throws', 'rejects'])(
  'an exit function that %s is logged, and what it has started ends before the process does, with the code of the report',
  async (kind) => {
    const service = await Service.start({ fixture: 'faults.mjs', env: { FAULT: 'exit', FAULT_KIND: kind } })
    service.signal()
    expect(await service.exited).toEqual(cleanExit)
    expect(service.messages).toContainEqual(
      expect.objectContaining({
        level: 'error',
        error: 'test error in exit',
        message: expect.stringContaining('code 0') as string,
      }),
    )
    expect(service.messages.at(-1)).toEqual({ flushed: true })
  },
)

test('a process that is kept alive ends after a failed exit function, too', async () => {
  const service = await Service.start({
    fixture: 'faults.mjs',
    env: { FAULT: 'exit', FAULT_KIND: 'rejects', HOLD: '1' },
  })
  service.signal()
  expect(await service.exited).toEqual(cleanExit)
  expect(service.messages.at(-1)).toEqual({ flushed: true })
})

test("under Node's permission model, without access to the termination message, a clean shutdown has exit code 0", () => {
  const file = fileURLToPath(new URL('../fixtures/permission.mjs', import.meta.url))
  const root = fileURLToPath(new URL('../../../../', import.meta.url))
  const major = Number(spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.', 1)[0])
  const flags = [
    major < 22 ? '--experimental-permission' : '--permission',
    `--allow-fs-read=${root}`,
    ...(major >= 25 ? ['--allow-net'] : []),
  ]
  const { status, stdout } = spawnSync(node, [...flags, file], { encoding: 'utf8' })
  expect(stdout).toContain('exit function 0')
  expect(status).toBe(0)
})

test('the last lines reach a slow reader of stderr: one for each of 500 forced connections, and the report', async () => {
  const file = fileURLToPath(new URL('../fixtures/default-logger.mjs', import.meta.url))
  // A pipe holds 64 KiB. Node's own pipes to its children are socket pairs, and hold more.
  const script = '{ "$0" "$1" 2>&1 >&3; echo "{\\"exit\\":$?}" >&3; } | { read go <&4; cat; }'
  const shell = spawn('/bin/sh', ['-c', script, node, file], { stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'] })
  const messages: Record<string, unknown>[] = []
  createInterface({ input: shell.stdio[3] as Readable }).on('line', (line) =>
    messages.push(JSON.parse(line) as Record<string, unknown>),
  )
  const lines: string[] = []
  createInterface({ input: shell.stdout! }).on('line', (line) => lines.push(line))
  await expect.poll(() => messages).toContainEqual(expect.objectContaining({ listening: expect.any(Number) as number }))
  const { listening, pid } = messages.at(-1) as { listening: number; pid: number }
  const clients = Array.from({ length: 500 }, () => new RawClient(listening).get('/hang'))
  await Promise.all(clients.map(async (client) => client.connected()))
  process.kill(pid, 'SIGTERM')
  await expect.poll(() => messages).toContainEqual({ state: 'terminated' })
  // Without a wait for the reader, the process exits now.
  await sleep(1_500)
  ;(shell.stdio[4] as Writable).end('go\n')
  await once(shell, 'close')
  expect(messages.at(-1)).toEqual({ exit: 1 })
  expect(lines.filter((line) => line.includes('GET /hang from'))).toHaveLength(500)
  const { report } = JSON.parse(lines.at(-1)!) as { report: { outcome: string; forced: unknown[] } }
  expect(report.outcome).toBe('forced')
  expect(report.forced).toHaveLength(500)
})
