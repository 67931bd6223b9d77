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
const published = ['packages/graceful/package.json', 'loadtest/package.json'].map(manifest)
const ranges = published.flatMap((one) => Object.entries({ ...one.dependencies, ...one.devDependencies }))

test('the manifest of a published package has plain version ranges, because npm packs it too', () => {
  expect(ranges.filter(([, range]) => /^[a-z]+:/u.test(range))).toEqual([])
})

test('a published package has the version ranges of the other workspaces', () => {
  const catalog = [...read('pnpm-workspace.yaml').matchAll(/^ {2}'?(?<name>[@\w/.-]+)'?: (?<range>\S+)$/gmu)]
  const shared = new Map(catalog.map(({ groups }) => [groups!['name']!, groups!['range']!]))
  expect(shared.get('http-terminator')).toBeDefined()
  expect(ranges.filter(([name, range]) => (shared.get(name) ?? range) !== range)).toEqual([])
})

test('the library and zero-drop are the packages that can be published', () => {
  const files = execFileSync('git', ['ls-files', 'package.json', '*/package.json', ':!examples'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const all = files.trim().split('\n').map(manifest)
  expect(all.filter((one) => one.private !== true).map(({ name }) => name)).toEqual([
    '@cloud-communal/zero-drop',
    '@cloud-communal/graceful',
  ])
  expect(new Set(all.map(({ license }) => license))).toEqual(new Set(['MIT']))
})

test('the image is built with the pnpm of package.json', () => {
  const version = /PNPM_VERSION=(?<version>\S+)/u.exec(read('packages/cloud-communal-service/Dockerfile'))
  expect(manifest('package.json').packageManager).toBe(`pnpm@${version?.groups?.['version']}`)
})
