import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const SBOM = fileURLToPath(new URL('../image/sbom.mjs', import.meta.url))

interface Bill {
  components: { name: string; version: string; purl: string }[]
  metadata: Record<string, unknown>
}
/** An app with `a` and `@s/b` deployed as pnpm does, and a bill from pnpm of these packages. */
const make = (listed: [string, string][]): { status: number; stdout: string; stderr: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = join(folder, 'app/node_modules/.pnpm')
  for (const [entry, name, version] of [
    ['a@1.0.0', 'a', '1.0.0'],
    ['@s+b@2.0.0', '@s/b', '2.0.0'],
  ] as const) {
    const at = join(store, entry, 'node_modules', name)
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, 'package.json'), JSON.stringify({ name, version }))
  }
  symlinkSync('../../@s+b@2.0.0/node_modules/@s/b', join(store, 'a@1.0.0/node_modules/b'))
  writeFileSync(join(store, 'lock.yaml'), '')
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
  writeFileSync(join(folder, 'raw.json'), JSON.stringify(raw))
  writeFileSync(join(folder, 'debian'), 'libc6 2.36-9+deb12u1 amd64\n')
  try {
    const args = [SBOM, join(folder, 'app'), join(folder, 'raw.json'), join(folder, 'debian')]
    return {
      status: 0,
      stdout: execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' }),
      stderr: '',
    }
  } catch (error) {
    return error as { status: number; stdout: string; stderr: string }
  }
}

describe('the bill of materials', () => {
  const all: [string, string][] = [
    ['a', '1.0.0'],
    ['@s/b', '2.0.0'],
  ]

  it('has the packages, Node, and the libraries of Debian', () => {
    const { components } = JSON.parse(make(all).stdout) as Bill
    expect(components.map(({ name, version }) => `${name}@${version}`).toSorted()).toEqual(
      ['a@1.0.0', 'b@2.0.0', 'libc6@2.36-9+deb12u1', `node@${process.versions.node}`].toSorted(),
    )
    expect(components.map(({ purl }) => purl)).toContain(
      'pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12',
    )
  })

  it('is the same each time, in whatever order it was given', () => {
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
  ] as [string, [string, string][], string][])('is refused when a package %s', (_, listed, sentence) => {
    const { status, stderr, stdout } = make(listed)
    expect(status).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stdout).toBe('')
  })
})
