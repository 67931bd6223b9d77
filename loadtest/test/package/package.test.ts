import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Report } from '../../src/reports/report.ts'

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zero-drop-package-'))
const prefix = join(folder, 'global')
let tarball = ''

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program with the environment of a user: without the variables of pnpm and vitest. */
async function run(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|pnpm_|init_cwd$|vitest|vite_|node_env$|node_options$|test$)/iu.test(name),
  )
  const child = spawn(command, args, { cwd, env: Object.fromEntries(own), stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number | null, stdout, stderr }
}

const zeroDrop = (...args: readonly string[]): Promise<Ended> => run(join(prefix, 'bin/zero-drop'), args, folder)

async function npm(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await run('npm', args, PACKAGE)
  if (code !== 0) throw new Error(`npm ${args.join(' ')} exited with code ${code}: ${stderr}`)
}

beforeAll(async () => {
  await npm('pack', '--pack-destination', folder)
  tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  const install = ['install', '--global', '--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund']
  await npm(...install, join(folder, tarball))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the package holds no source, no test and no build state', () => {
  const root = join(prefix, 'lib/node_modules/@cloud-communal/zero-drop')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.startsWith('node_modules'),
  )
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'report.schema.json', 'dist/cli.js']))
  expect(files.filter((name) => /(?:\.ts|\.map|tsbuildinfo)$/u.test(name) && !name.endsWith('.d.ts'))).toEqual([])
  expect(files.filter((name) => /^(?:src|test)(?:\/|$)/u.test(name))).toEqual([])
})

test('zero-drop runs anywhere, and says what is missing before its self-test', async () => {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string }
  expect(await zeroDrop('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  expect(await zeroDrop('version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  const [short, long] = await Promise.all([zeroDrop('-h'), zeroDrop('--help')])
  expect(short).toEqual(long)
  expect(short).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: zero-drop <command> [flags]') })
  const { code, stdout, stderr } = await zeroDrop('prove')
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^zero-drop: nothing to prove is given: give --command .* or --target kubernetes .*\n$/u)
})

test('npx runs the package without an installation', async () => {
  const npx = ['--yes', '--prefer-offline', '--package', `./${tarball}`, 'zero-drop']
  const { code, stdout } = await run('npx', [...npx, 'watch', '--help'], folder)
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'Usage: zero-drop watch [flags] [-- COMMAND]'])
})

test('the package may be published, and has a program', () => {
  const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as object
  expect(manifest).not.toHaveProperty('private')
  expect(manifest).toMatchObject({ bin: { 'zero-drop': './dist/cli.js' }, engines: { node: '>=20' } })
})

test('an installed zero-drop finds the drops of a program that ends at once on SIGTERM', async () => {
  const program = join(folder, 'server.mjs')
  writeFileSync(
    program,
    `import { createServer } from 'node:http'
createServer((_, response) => setTimeout(() => response.end('hello'), 20)).listen(Number(process.env.PORT))
`,
  )
  const command = [
    'prove',
    '--command',
    `node ${program}`,
    '--rate',
    '60',
    '--background',
    '0',
    '--retrying',
    '0',
    '--json',
  ]
  const { code, stdout, stderr } = await zeroDrop(...command)
  expect(code === 1 ? '' : stderr).toBe('')
  const { verdict, runs } = JSON.parse(stdout) as Report
  expect(verdict.status).toBe('drops')
  expect(runs.map(({ pods }) => pods.length)).toEqual([6])
})
