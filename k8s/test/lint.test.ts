import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { copyManifests } from './copy.ts'
import type { Copy, Ended } from './copy.ts'
import { FOLDERS, K8S } from './rendered.ts'

interface Entry {
  check: string
  finding: string
  folders: 'all' | string[]
  reason: string
}

const entries = parse(readFileSync(join(K8S, 'linters.yaml'), 'utf8')) as Record<'kube-linter' | 'polaris', Entry[]>

/** Returns what linters.yaml lists for a linter in a folder. */
const listed = (linter: keyof typeof entries, folder: string): Entry[] =>
  entries[linter].filter(({ folders }) => folders === 'all' || folders.includes(folder))

/** The report of kube-linter on each folder, if it finds exactly what linters.yaml lists. */
const reports = (): Record<string, { Check: string; Object: unknown }[]> =>
  Object.fromEntries(
    FOLDERS.map((folder) => [
      folder,
      listed('kube-linter', folder).map(({ check, finding }) => ({
        Check: check,
        Object: { K8sObject: { GroupVersionKind: { Kind: finding } } },
      })),
    ]),
  )

/** Runs lint.mjs with a kube-linter that prints these reports, and without kube-score. */
const lint = (copy: Copy, found = reports()): Ended => {
  const program = copy.program(
    'reports',
    `#!${process.execPath}
const input = process.argv[2] === 'lint' ? require('node:fs').readFileSync(0, 'utf8') : ''
const [, folder] = /^# Generated from k8s\\/(\\S+)/.exec(input) ?? []
console.log(JSON.stringify({ Reports: ${JSON.stringify(found)}[folder] ?? null }))
`,
  )
  return copy.run('lint.mjs', [], { KUBE_LINTER: program })
}

describe('lint.mjs', () => {
  it('passes where the findings are those of linters.yaml', () => {
    const { status, stdout, stderr } = lint(copyManifests())
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const lines = stdout.trim().split('\n')
    expect(lines[0]).toBe('skipped kube-score: KUBE_SCORE is not set, and there is no Go to build it')
    expect(lines.at(-1)).toBe('skipped polaris: POLARIS is not set, and polaris is not on the PATH')
    expect(lines.slice(1, -1)).toEqual(
      FOLDERS.map((folder) => expect.stringContaining(`passed  kube-linter ${folder}: `)),
    )
  })

  it('reads the findings of Polaris on an object, its pod and its containers, but not those that it ignores', () => {
    const copy = copyManifests()
    const results = Object.fromEntries(
      FOLDERS.map((folder) => [
        folder,
        listed('polaris', folder).map(({ check, finding }, index) => {
          const found = { [check]: { ID: check, Success: false, Severity: 'warning' } }
          const others = {
            passed: { ID: 'passed', Success: true, Severity: 'danger' },
            ignored: { ID: 'ignored', Success: false, Severity: 'ignore' },
          }
          const at = (place: number): object => ({ Results: index % 3 === place ? { ...found, ...others } : {} })
          return { Kind: finding, ...at(0), PodResult: { ...at(1), ContainerResults: [at(2)] } }
        }),
      ]),
    )
    const program = copy.program(
      'reports',
      `#!${process.execPath}
const input = process.argv[2] === 'audit' ? require('node:fs').readFileSync(process.argv[4], 'utf8') : ''
const [, folder] = /^# Generated from k8s\\/(\\S+)/.exec(input) ?? []
console.log(JSON.stringify({ Results: ${JSON.stringify(results)}[folder] ?? [] }))
`,
    )
    const { status, stdout } = copy.run('lint.mjs', [], { POLARIS: program })
    expect(stdout.match(/^passed {2}polaris/gmu)).toHaveLength(FOLDERS.length)
    expect(status).toBe(0)
  })

  it('fails for a finding that is not listed', () => {
    const found = reports()
    found['base']?.push({ Check: 'new-check', Object: { K8sObject: { GroupVersionKind: { Kind: 'Service' } } } })
    const { status, stdout } = lint(copyManifests(), found)
    expect(status).toBe(1)
    expect(stdout).toContain('\n        not in linters.yaml: kube-linter base new-check: Service\n')
  })

  it('fails for an entry that the linter does not find', () => {
    const { status, stdout } = lint(copyManifests(), { ...reports(), 'overlays/single': [] })
    expect(status).toBe(1)
    expect(stdout).toContain(
      '\n        in linters.yaml, but not found: kube-linter overlays/single pdb-max-unavailable: PodDisruptionBudget\n',
    )
  })

  it.each([
    ['a reason', /^ +reason: No NetworkPolicy .*\n/gmu, '', /kube-score pod-networkpolicy has no reason/u],
    [
      'a finding',
      'finding: Service\n',
      'findings: Service\n',
      /kube-linter exposed-services needs a check, a finding/u,
    ],
    ['a known folder', '[overlays/single]', '[overlays/singel]', /unknown folder overlays\/singel; known: base, /u],
    [
      'a known linter',
      'kube-linter:\n',
      'kubelinter:\n',
      /unknown linter kubelinter; known: kube-score, kube-linter, polaris/u,
    ],
  ])('rejects linters.yaml without %s', (_what, text, replacement, sentence) => {
    const copy = copyManifests()
    copy.change('linters.yaml', (yaml) => yaml.replaceAll(text, replacement))
    const { status, stderr } = lint(copy)
    expect(status).toBe(2)
    expect(stderr).toMatch(sentence)
  })

  it('names a linter that does not start', () => {
    const { status, stderr } = copyManifests().run('lint.mjs', [], { KUBE_LINTER: '/none' })
    expect(status).toBe(2)
    expect(stderr).toBe('lint: kube-linter does not start: /none\n')
  })

  it('fails where no linter is available', () => {
    const { status, stderr } = copyManifests().run('lint.mjs')
    expect(status).toBe(3)
    expect(stderr).toMatch(/^lint: no linter is available; install /u)
  })
})
