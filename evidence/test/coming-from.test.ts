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
globalThis.app = ({ url }, response) => setTimeout(() => response.end('answered'), url === '/slow' ? 1_000 : 0)
`

const NEST_MODULE = `import { Controller, Get, Module, Param } from '@nestjs/common'
class AppController {
  answer(path) {
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

/** Runs a program, sends it SIGTERM while a request is in flight, and a request on a new connection 100 ms later. */
async function shutdownOf(name: string, { code, args }: Program) {
  const port = await freePort()
  const cwd = join(folder, name)
  mkdirSync(cwd)
  const faster = code
    .replaceAll('8080', String(port))
    .replaceAll(/\b5_000\b/gu, '500')
    .replace('createGraceful(server)', 'createGraceful(server, {})')
    .replace('createGraceful(server, {', 'createGraceful(server, { admin: { port: 0 },')
  writeFileSync(join(cwd, 'main.mjs'), `import './service.js'\n${faster}`)
  writeFileSync(join(cwd, 'service.js'), SERVICE)
  writeFileSync(join(cwd, 'app.module.js'), NEST_MODULE)
  writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }')
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, GRACEFUL_SHUTDOWN_DELAY: '500', GRACEFUL_ADMIN_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const output = Promise.all([text(child.stdout), text(child.stderr)])
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
    await sleep(300)
    child.kill()
    await sleep(100)
    const late = await ask('/late')
    const inFlight = await slow
    const [exitCode, signal] = (await exited) as [number | null, string | null]
    const [stdout, stderr] = await output
    return { inFlight, late, poolClosed: stdout.includes('pool closed'), exitCode, signal, stderr }
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
