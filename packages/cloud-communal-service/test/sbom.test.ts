import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const SBOM = fileURLToPath(new URL('../image/sbom.mjs', import.meta.url))
const VALIDATE = fileURLToPath(new URL('validate-sbom.ts', import.meta.url))

interface Bill {
  components: { name: string; version: string; purl: string }[]
  metadata: Record<string, unknown>
}
interface Made {
  status: number
  stdout: string
  stderr: string
}

/** Runs sbom.mjs with a bill from pnpm and an app that has these packages in the layout of pnpm. */
const billOf = (raw: unknown, deployed: [string, string][]): Made => {
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = join(folder, 'app/node_modules/.pnpm')
  for (const [name, version] of deployed) {
    const at = join(store, `${name.replace('/', '+')}@${version}`, 'node_modules', name)
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, 'package.json'), JSON.stringify({ name, version }))
  }
  const [[first, version] = ['', '']] = deployed
  // A link to another package, as pnpm creates for dependencies.
  symlinkSync('.', join(store, `${first}@${version}`, 'node_modules/linked'))
  writeFileSync(join(store, 'lock.yaml'), '')
  writeFileSync(join(folder, 'raw.json'), JSON.stringify(raw))
  writeFileSync(join(folder, 'debian'), 'libc6 2.36-9+deb12u1 amd64\n')
  return run(SBOM, [join(folder, 'app'), join(folder, 'raw.json'), join(folder, 'debian')])
}

const run = (program: string, args: string[], input = ''): Made => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { input, encoding: 'utf8' })
  return { status: status ?? -1, stdout, stderr }
}

/** Runs sbom.mjs with a bill of these packages, and an app that has `a` and `@s/b`. */
const make = (listed: [string, string][]): Made => {
  const components = listed.map(([name, version]) => {
    const [group, rest] = name.startsWith('@') ? name.split('/') : [undefined, name]
    return {
      ...(group && { group }),
      name: rest,
      version,
      purl: `pkg:npm/${name}@${version}`,
      'bom-ref': `pkg:npm/${name}@${version}`,
    }
  })
  const raw = {
    serialNumber: `urn:uuid:${Math.random()}`,
    metadata: { timestamp: new Date(), component: { name: 's' } },
    components,
    dependencies: [],
  }
  return billOf(raw, [
    ['a', '1.0.0'],
    ['@s/b', '2.0.0'],
  ])
}

describe('the bill of materials', () => {
  const all: [string, string][] = [
    ['a', '1.0.0'],
    ['@s/b', '2.0.0'],
  ]

  it('has the npm packages, Node, and the Debian libraries', () => {
    const { components } = JSON.parse(make(all).stdout) as Bill
    expect(components.map(({ name, version }) => `${name}@${version}`).toSorted()).toEqual(
      ['a@1.0.0', 'b@2.0.0', 'libc6@2.36-9+deb12u1', `node@${process.versions.node}`].toSorted(),
    )
    expect(components.map(({ purl }) => purl)).toContain(
      'pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12',
    )
  })

  it('is the same for any order of its input', () => {
    expect(make(all).stdout).toBe(make(all.toReversed()).stdout)
  })

  it.each([
    ['is in the image and not in the bill', [['a', '1.0.0']], '@s/b@2.0.0 is in the image and not in the bill'],
    ['is in the bill and not in the image', [...all, ['c', '3.0.0']], 'c@3.0.0 is in the bill and not in the image'],
    [
      'has another version',
      [
        ['a', '1.0.1'],
        ['@s/b', '2.0.0'],
      ],
      'a@1.0.1 is in the bill and not in the image',
    ],
  ] as [string, [string, string][], string][])('is rejected when a package %s', (_, listed, sentence) => {
    const { status, stderr, stdout } = make(listed)
    expect(status).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stdout).toBe('')
  })
})

/** The output of pnpm 12.21 for this service, reduced to five packages. */
const pnpm = JSON.parse(readFileSync(new URL('fixtures/pnpm-sbom.json', import.meta.url), 'utf8')) as {
  components: { group?: string; name: string; version: string }[]
}
const deployed = pnpm.components.map(({ group, name, version }): [string, string] => [
  group === undefined ? name : `${group}/${name}`,
  version,
])

describe('the format of the bill of materials', () => {
  it('is valid CycloneDX 1.6, and every reference has a target', () => {
    const { status, stdout: bill } = billOf(pnpm, deployed)
    expect(status).toBe(0)
    expect(run(VALIDATE, [], bill)).toEqual({ status: 0, stdout: 'valid CycloneDX 1.6\n', stderr: '' })
    const { components, metadata, dependencies } = JSON.parse(bill) as {
      components: { 'bom-ref': string }[]
      metadata: { component: { 'bom-ref': string } }
      dependencies: { ref: string; dependsOn: string[] }[]
    }
    expect(components).toHaveLength(deployed.length + 2)
    const known = new Set([metadata.component, ...components].map((component) => component['bom-ref']))
    const refs = dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])
    expect(refs.length).toBeGreaterThan(deployed.length)
    expect(refs.filter((ref) => !known.has(ref))).toEqual([])
  })

  it.each([
    ['an unknown field', '"bom-ref": "node@', '"bomref": "node@', /additional/i],
    ['an unknown type', '"type": "platform"', '"type": "runtime"', /allowed values/],
    ['a reference that is not a string', /"bom-ref": "pkg:deb[^"]+"/, '"bom-ref": 5', /must be string/],
    ['invalid JSON', /^\{/, '', /JSON/],
  ])('is rejected with %s', (_, right, wrong, sentence) => {
    const bill = billOf(pnpm, deployed).stdout
    const changed = bill.replace(right, wrong)
    expect(changed).not.toBe(bill)
    const { status, stderr } = run(VALIDATE, [], changed)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^not CycloneDX 1\.6: /)
    expect(stderr).toMatch(sentence)
  })
})
