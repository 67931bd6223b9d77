import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { ROOT } from '../base/zero-drop.ts'

// Runs every program of docs/coming-from.md. Only ports and delays are replaced.

/** Defines the globals that the programs of the page use. */
const SERVICE = `
globalThis.pool = { query: async () => {}, end: async () => console.log('pool closed') }
globalThis.app = ({ url }, response) => {
  if (url === '/slow') console.log('in flight')
  setTimeout(() => response.end('answered'), url === '/slow' ? 1_000 : 0)
}
`

const NEST_MODULE = `import { Controller, Get, Module, Param } from '@nestjs/common'
class AppController {
  answer(path) {
    if (path === 'slow') console.log('in flight')
    return new Promise((resolve) => setTimeout(resolve, path === 'slow' ? 1_000 : 0, 'answered'))
  }
}
Controller()(AppController)
Get(':path')(AppController.prototype, 'answer', Object.getOwnPropertyDescriptor(AppController.prototype, 'answer'))
Param('path')(AppController.prototype, 'answer', 0)
class Pool {
  onApplicationShutdown() {
    console.log('pool closed')
  }
}
export class AppModule {}
Module({ controllers: [AppController], providers: [Pool] })(AppModule)
`

interface Migration {
  readonly from: string
  readonly before: Program
  readonly after: Program
}

interface Program {
  readonly code: string
  readonly args: readonly string[]
}

/** Returns the two programs of each section. A section with one program has two commands for it. */
function migrationsOf(page: string): Migration[] {
  return page
    .split(/^## /mu)
    .slice(1)
    .map((section) => {
      const blocks = (language: string): string[] =>
        [...section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gmsu'))].map(([, code]) => code!)
      const [before, after = before] = blocks('js')
      const [start = ['main.mjs'], preloaded = ['main.mjs']] = blocks('dockerfile').map((line) =>
        (JSON.parse(line.replace('CMD ', '')) as string[]).slice(1),
      )
      return {
        from: section.split('\n', 1)[0]!,
        before: { code: before!, args: start },
        after: { code: after!, args: preloaded },
      }
    })
}

// Below node_modules, where the peers are found.
mkdirSync(`${ROOT}evidence/node_modules`, { recursive: true })
const folder = mkdtempSync(`${ROOT}evidence/node_modules/.coming-from-`)
afterAll(() => rmSync(folder, { recursive: true }))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const SIGNALLED = new URL('../contenders/signalled.mjs', import.meta.url).href

/**
 * Runs a program, and sends it SIGTERM while a request is in flight. From the signal until the answer to that request, sends requests on new
 * connections, until one is refused.
 */
async function shutdownOf(name: string, { code, args }: Program) {
  const port = await freePort()
  const cwd = join(folder, name)
  mkdirSync(cwd)
  const faster = code
    .replaceAll('8080', String(port))
    .replaceAll(/\b5_000\b/gu, '2_000')
    .replace('createGraceful(server)', 'createGraceful(server, {})')
    .replace('createGraceful(server, {', 'createGraceful(server, { admin: { port: 0 },')
  writeFileSync(join(cwd, 'main.mjs'), `import './service.js'\n${faster}`)
  writeFileSync(join(cwd, 'service.js'), SERVICE)
  writeFileSync(join(cwd, 'app.module.js'), NEST_MODULE)
  writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }')
  const child = spawn(process.execPath, ['--import', SIGNALLED, ...args], {
    cwd,
    env: { ...process.env, GRACEFUL_SHUTDOWN_DELAY: '2000', GRACEFUL_ADMIN_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'close')
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (data: string) => (stdout += data))
  const prints = async (words: string): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- waits in turns
    while (!stdout.includes(words) && child.exitCode === null) await sleep(10)
  }
  const stderr = text(child.stderr)
  const ask = async (path: string): Promise<string> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })
      return `${response.status} ${await response.text()}`
    } catch {
      return 'no response'
    }
  }
  try {
    while ((await ask('/ready')) !== '200 answered' && child.exitCode === null) await sleep(50)
    const slow = ask('/slow')
    const over = slow.then(() => true)
    await prints('in flight')
    child.kill()
    await prints('signalled')
    let late: string
    do late = await ask('/late')
    while (late === '200 answered' && !(await Promise.race([over, Promise.resolve(false)])))
    const inFlight = await slow
    const [exitCode, signal] = (await exited) as [number | null, string | null]
    const poolClosed = stdout.includes('pool closed')
    return { inFlight, late, poolClosed, exitCode, signal, stderr: await stderr }
  } finally {
    child.kill('SIGKILL')
  }
}

const page = readFileSync(`${ROOT}docs/coming-from.md`, 'utf8')

test.concurrent.each(migrationsOf(page))('the programs of the section $from run', async ({ from, before, after }) => {
  const [old, migrated] = await Promise.all([shutdownOf(`${from}-before`, before), shutdownOf(`${from}-after`, after)])
  expect(old).toMatchObject({ inFlight: '200 answered', poolClosed: true })
  // The others refuse a new connection from the signal on.
  expect(old.late === '200 answered').toBe(from === 'terminus' || from === 'lightship')
  expect(migrated).toMatchObject({ inFlight: '200 answered', late: '200 answered', poolClosed: true, exitCode: 0 })
})
