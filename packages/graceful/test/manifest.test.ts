import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')

interface Manifest {
  readonly name: string
  readonly license: string
  readonly private?: boolean
  readonly packageManager?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const manifest = (file: string): Manifest => JSON.parse(read(file)) as Manifest
const graceful = manifest('packages/graceful/package.json')
const ranges = Object.entries({ ...graceful.dependencies, ...graceful.devDependencies })

test('the manifest of the library has plain version ranges, because npm packs it too', () => {
  expect(ranges.filter(([, range]) => /^[a-z]+:/u.test(range))).toEqual([])
})

test('the library has the version ranges of the other workspaces', () => {
  const catalog = [...read('pnpm-workspace.yaml').matchAll(/^ {2}'?(?<name>[@\w/.-]+)'?: (?<range>\S+)$/gmu)]
  const shared = new Map(catalog.map(({ groups }) => [groups!['name']!, groups!['range']!]))
  expect(shared.get('http-terminator')).toBeDefined()
  expect(ranges.filter(([name, range]) => (shared.get(name) ?? range) !== range)).toEqual([])
})

test('the library is the only package that can be published', () => {
  const files = execFileSync('git', ['ls-files', 'package.json', '*/package.json'], { cwd: ROOT, encoding: 'utf8' })
  const all = files.trim().split('\n').map(manifest)
  expect(all.filter((one) => one.private !== true).map(({ name }) => name)).toEqual(['@cloud-communal/graceful'])
  expect(new Set(all.map(({ license }) => license))).toEqual(new Set(['MIT']))
})

test('the image is built with the pnpm of package.json', () => {
  const version = /PNPM_VERSION=(?<version>\S+)/u.exec(read('packages/cloud-communal-service/Dockerfile'))
  expect(manifest('package.json').packageManager).toBe(`pnpm@${version?.groups?.['version']}`)
})
