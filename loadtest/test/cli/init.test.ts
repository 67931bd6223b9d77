import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { parseProfile, readProfile } from '../../src/inputs/profile/read-profile.ts'
import { PATH_NAMES, profileTemplate } from '../../src/inputs/profile/template.ts'
import { load } from '../fixtures/load.ts'
import { startService } from '../fixtures/service.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
let folder = ''
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'zero-drop-init-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { PATH: process.env['PATH'] } })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (bytes: Buffer) => void (stdout += bytes.toString()))
    child.stderr.on('data', (bytes: Buffer) => void (stderr += bytes.toString()))
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })

const file = (): string => join(folder, 'zero-drop.yaml')

describe('zero-drop init', () => {
  it('writes a file that prove can read, and prints its path', async () => {
    const { status, stdout, stderr } = await run('init')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain(file())
    expect(readProfile(file())).toMatchObject({ name: 'the service', paths: { read: { path: '/', status: 200 } } })
    expect(Object.keys(readProfile(file()).paths)).toEqual(['read'])
  })

  it('writes a profile with which every client class runs without a failure', async () => {
    const paths = {
      slow: '/work?ms={ms}',
      stream: '/stream?chunks={chunks}&every={every}',
      upload: '/upload',
      create: '/notices',
      events: '/events?count={count}&every={every}',
      websocket: '/echo',
    }
    const { status } = await run(
      'init',
      '--http2',
      ...Object.entries(paths).flatMap(([name, path]) => [`--${name}`, path]),
    )
    expect(status).toBe(0)
    const profile = readProfile(file())
    const service = await startService()
    expect(CLIENT_CLASSES.filter((client) => !client.supports(profile))).toEqual([])
    // This service does not speak HTTP/2.
    const clients = CLIENT_CLASSES.filter(({ name }) => name !== 'http2')
    const { summary } = await load({ url: service.url, clients, profile, rate: 150, ms: 1_500 })
    await service.close()
    expect(Object.keys(summary.clients).toSorted()).toEqual(clients.map(({ name }) => name).toSorted())
    expect(summary.outcomes.answered).toBe(summary.attempts)
  })

  it('overwrites an existing file only with --force', async () => {
    writeFileSync(file(), 'mine')
    const { status, stdout, stderr } = await run('init')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toBe(`zero-drop: ${file()} already exists: overwrite it with --force, or move it away\n`)
    expect(readFileSync(file(), 'utf8')).toBe('mine')
    expect((await run('init', '--force')).status).toBe(0)
    expect(readProfile(file()).paths.read.path).toBe('/')
  })

  it.each([
    [['--slow', '/delay'], 'paths.slow.path holds "/delay"; it should hold a path that begins with / and holds {ms}'],
    [['--read', 'health'], 'paths.read.path holds "health"'],
    [['--reed', '/'], 'unknown flag --reed (did you mean --read?)'],
  ])('%j prints one sentence, exits with 2 and writes no file', async (args, text) => {
    const { status, stderr } = await run('init', ...args)
    expect(status).toBe(2)
    expect(stderr).toContain(text)
    expect(stderr).toMatch(/^zero-drop: [^\n]+\n$/)
    expect(() => readFileSync(file())).toThrow(/ENOENT/)
  })

  it('writes comments that are a valid profile once they are uncommented', () => {
    const lines = profileTemplate({ paths: {} }).split('\n')
    const filled = lines.map((line) => line.replace(/^( *)# (\w+: \{|\w+: X-|unpromised)/, '$1$2')).join('\n')
    expect(parseProfile(filled, 'all')).toMatchObject({
      requestId: { header: 'X-Request-Id', echoed: true },
      podHeader: 'x-pod',
      versionHeader: 'x-service-version',
      serverLog: { requestId: 'requestId', started: { field: 'msg', value: 'request started' }, time: 'time' },
    })
    expect(Object.keys(parseProfile(filled, 'all').paths)).toEqual(PATH_NAMES)
  })

  it('quotes text that YAML would read as syntax', () => {
    const text = profileTemplate({ name: `x: "y", {z} # no`, paths: { read: '/a?b={c},d' } })
    expect(parseProfile(text, 'x')).toMatchObject({ name: `x: "y", {z} # no`, paths: { read: { path: '/a?b={c},d' } } })
  })
})

describe('zero-drop prove', () => {
  it('reads zero-drop.yaml in the current folder, and names the file in its errors', async () => {
    writeFileSync(file(), 'paths: { read: { path: health } }')
    const { status, stderr } = await run('prove')
    expect(status).toBe(2)
    expect(stderr).toContain(`${file()}: paths.read.path holds "health"`)
  })

  it('prefers --profile to zero-drop.yaml', async () => {
    writeFileSync(file(), 'paths: { read: { path: health } }')
    writeFileSync(join(folder, 'other.yaml'), 'paths: {}')
    const { stderr } = await run('prove', '--profile', 'other.yaml')
    expect(stderr).toContain('other.yaml: paths.read is missing')
  })

  it('says that it uses zero-drop.yaml', async () => {
    writeFileSync(file(), 'paths: { read: { path: / } }')
    const { stderr } = await run('prove', '--quiet', '--manifests', 'none')
    expect(stderr).toContain(`using ${file()} from the current folder`)
  })
})

describe('the choice of client classes', () => {
  it.each([
    [['--clients', 'slw'], 'invalid --clients "slw": did you mean slow?'],
    [['--without', 'everything'], 'invalid --without "everything": choose from new-connection,'],
    [['--clients', 'slow', '--without', 'post'], '--clients cannot be used with --without: give one of them'],
    [['--without', CLIENT_CLASSES.map(({ name }) => name).join(',')], '--without leaves out every client class'],
    [
      ['--clients', 'keep-alive, slow'],
      '--clients slow cannot run: it needs paths.slow, which the profile of the service lacks',
    ],
  ])('refuses %j in one sentence', async (args, text) => {
    writeFileSync(file(), 'paths: { read: { path: / } }')
    const { status, stderr } = await run('prove', ...args)
    expect(status).toBe(2)
    expect(stderr).toContain(text)
    expect(stderr).toMatch(/^(zero-drop: using [^\n]+\n)?zero-drop: [^\n]+\n$/)
  })
})
