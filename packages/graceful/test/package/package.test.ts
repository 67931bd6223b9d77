import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { node } from '../harness/service.js'
import {
  COMMON_JS,
  ESM,
  JEST_COMMON_JS,
  JEST_ESM,
  PLAIN_COMMON_JS,
  PLAIN_ESM,
  PRINTED,
  TYPESCRIPT,
  VITEST,
} from './programs.js'
import { emptyFolder, output, PACKAGE, Project, removeFolders, run } from './project.js'

// The package as its users get it: packed, and installed with npm in empty folders. npm needs the registry or its cache.

interface Manifest {
  readonly scripts?: object
  readonly dependencies: object
}

const TYPESCRIPTS = ['typescript5@npm:typescript@5.9', 'typescript7@npm:typescript@7']

const packed = emptyFolder()
const tarball = join(packed, 'pnpm.tgz')
let plain: Project
let tools: Project
let jest: Project
let vitest: Project

beforeAll(async () => {
  await output('npx', ['--yes', 'pnpm@12', 'pack', '--out', tarball], PACKAGE)
  plain = await new Project().install(tarball)
  ;[tools, jest, vitest] = await Promise.all([
    new Project().install(tarball, 'esbuild@0.28', ...TYPESCRIPTS, '@types/node@20'),
    new Project().install(tarball, 'jest@30'),
    new Project().install(tarball, 'vitest@5'),
  ])
}, 300_000)

afterAll(removeFolders)

/** Runs a service to its end. */
async function shutdownOf(project: Project, ...args: readonly string[]): Promise<object> {
  const env = { GRACEFUL_SHUTDOWN_DELAY: '0', GRACEFUL_ADMIN_PORT: '0', PORT: '0' }
  const { code, stdout, stderr } = await run(node, args, project.folder, env)
  return { code, stdout, outcome: /"outcome":"(?<outcome>[^"]+)"/u.exec(stderr)?.groups?.['outcome'] ?? stderr }
}

const GRACEFUL = { code: 0, stdout: PRINTED, outcome: 'graceful' }

const list = async (file: string): Promise<string[]> =>
  (await output('tar', ['-tzf', file], packed)).trim().split('\n').toSorted()
const manifest = async (file: string): Promise<Manifest> =>
  JSON.parse(await output('tar', ['-xzOf', file, 'package/package.json'], packed)) as Manifest

describe('the tarball', () => {
  test('is the same from npm pack and npm publish, except for the scripts, which nothing runs', async () => {
    const name = (await output('npm', ['pack', '--silent', '--pack-destination', packed], PACKAGE))
      .trim()
      .split('\n')
      .at(-1)!
    const other = join(packed, name)
    expect(await list(other)).toEqual(await list(tarball))
    // npm publish packs in the same way as npm pack.
    const published = await output('npm', ['publish', '--dry-run', '--json'], PACKAGE)
    const paths = [...published.matchAll(/"path": "(?<path>[^"]+)"/gu)].map(
      ({ groups }) => `package/${groups!['path']}`,
    )
    expect(paths.toSorted()).toEqual(await list(tarball))
    const { scripts, ...rest } = await manifest(other)
    expect(Object.keys(scripts!)).not.toContain('install')
    const { scripts: _, ...same } = await manifest(tarball)
    expect(rest).toEqual(same)
    // Protocols that only pnpm replaces, and only when pnpm packs.
    expect(JSON.stringify(rest)).not.toMatch(/"(?:catalog|workspace):/u)
  })

  test('has the license, the readme and the sources of the source maps', async () => {
    const files = await list(tarball)
    expect(files).toEqual(expect.arrayContaining(['package/LICENSE', 'package/README.md', 'package/src/index.ts']))
    // A release writes it, see CONTRIBUTING.md.
    expect(files.includes('package/CHANGELOG.md')).toBe(existsSync(join(PACKAGE, 'CHANGELOG.md')))
    expect(files.filter((file) => /\.tsbuildinfo|\.test\.|node_modules/u.test(file))).toEqual([])
    expect(readFileSync(join(PACKAGE, 'LICENSE'), 'utf8')).toBe(readFileSync(join(PACKAGE, '../../LICENSE'), 'utf8'))
  })

  test('depends on the packages that the library imports, and on no other', async () => {
    const dist = join(plain.folder, 'node_modules/@cloud-communal/graceful/dist')
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))
    const sources = files.map((file) => readFileSync(join(dist, file), 'utf8')).join('')
    const imported = [...sources.matchAll(/ from '(?<name>[^.'][^']*)'/gu)].map(({ groups }) => groups!['name']!)
    const packages = new Set(imported.filter((name) => !name.startsWith('node:')))
    expect([...packages].toSorted()).toEqual(Object.keys((await manifest(tarball)).dependencies).toSorted())
  })
})

describe.concurrent('the installed package', () => {
  test('runs from an ES module', async () => {
    plain.write('service.mjs', ESM)
    expect(await shutdownOf(plain, 'service.mjs')).toEqual(GRACEFUL)
  })

  test('runs from CommonJS', async () => {
    plain.write('service.cjs', COMMON_JS)
    expect(await shutdownOf(plain, 'service.cjs')).toEqual(GRACEFUL)
  })

  test.each(['--import', '--require'])('is a preload with %s', async (flag) => {
    plain.write(`preload${flag}.mjs`, PLAIN_ESM)
    plain.write(`preload${flag}.cjs`, PLAIN_COMMON_JS)
    const register = [flag, '@cloud-communal/graceful/register']
    expect(await shutdownOf(plain, ...register, `preload${flag}.mjs`)).toEqual(GRACEFUL)
    expect(await shutdownOf(plain, ...register, `preload${flag}.cjs`)).toEqual(GRACEFUL)
  })

  test('is one module for import and require in Node', async () => {
    plain.write(
      'one.mjs',
      `import { createRequire } from 'node:module'
       import { createGraceful } from '@cloud-communal/graceful'
       console.log(createRequire(import.meta.url)('@cloud-communal/graceful').createGraceful === createGraceful)`,
    )
    expect((await run(node, ['one.mjs'], plain.folder)).stdout).toBe('true\n')
  })

  test.each(['cjs', 'esm'])('runs from an esbuild bundle in the format %s', async (format) => {
    const folder = `bundle-${format}`
    tools.write(`${folder}/service.js`, format === 'esm' ? ESM : COMMON_JS)
    const bundle = `${folder}/bundle.${format === 'esm' ? 'mjs' : 'cjs'}`
    // The dependencies are CommonJS, and in the format esm esbuild leaves their `require` to this line.
    const banner = `--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`
    const flags = ['--bundle', '--platform=node', `--format=${format}`, ...(format === 'esm' ? [banner] : [])]
    await output(tools.bin('esbuild'), [`${folder}/service.js`, ...flags, `--outfile=${bundle}`], tools.folder)
    expect(await shutdownOf(tools, bundle)).toEqual(GRACEFUL)
    // The bundle has a copy of the library. The preload finds it, and gives way.
    expect(await shutdownOf(tools, '--import', '@cloud-communal/graceful/register', bundle)).toEqual(GRACEFUL)
  })

  test('runs in jest with CommonJS tests', async () => {
    jest.write('cjs/shutdown.test.js', JEST_COMMON_JS)
    const { stderr } = await run(node, ['node_modules/jest/bin/jest.js', 'cjs'], jest.folder)
    expect(stderr).toContain('Tests:       1 passed, 1 total')
  })

  test('runs in jest with ES modules', async () => {
    jest.write('esm/shutdown.test.mjs', JEST_ESM)
    const flags = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--testMatch', '**/esm/*.mjs']
    expect((await run(node, flags, jest.folder)).stderr).toContain('Tests:       1 passed, 1 total')
  })

  test('runs in vitest', async () => {
    vitest.write('shutdown.test.js', VITEST)
    const args = ['node_modules/vitest/vitest.mjs', 'run']
    expect(await run(process.execPath, args, vitest.folder)).toMatchObject({ code: 0 })
  })
})

describe('the types', () => {
  // TypeScript 7 has no `node10`; with `node16`, TypeScript 5 refuses to require an ES module.
  test.each<[resolution: string, module: string, compiler: string, files: readonly string[]]>([
    ['node10', 'commonjs', 'typescript5', ['use.ts']],
    ['node16', 'node16', 'typescript5', ['use.mts', 'use.cts']],
    ['nodenext', 'nodenext', 'typescript7', ['use.mts', 'use.cts']],
    ['bundler', 'esnext', 'typescript7', ['use.ts']],
  ])('are found with the module resolution %s and module %s by %s', async (resolution, module, compiler, files) => {
    for (const file of files) tools.write(`${resolution}/${file}`, TYPESCRIPT)
    const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--types', 'node']
    flags.push('--noUncheckedSideEffectImports')
    flags.push('--moduleResolution', resolution, '--module', module)
    const args = [`node_modules/${compiler}/bin/tsc`, ...flags, ...files.map((file) => `${resolution}/${file}`)]
    expect(await run(process.execPath, args, tools.folder)).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})
