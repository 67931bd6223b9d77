import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sarif from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' }
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { UsageError } from '../../src/base/errors.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import { RULES } from '../../src/doctor/rules/index.ts'
import { RIGHT } from './fixtures/manifest.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zero-drop-doctor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const WRONG = RIGHT.replace('maxUnavailable: 0', 'maxUnavailable: 100%').replace(
  'revisionHistoryLimit: 10',
  'revisionHistoryLimit: 0',
)
writeFileSync(join(folder, 'right.yaml'), RIGHT)
writeFileSync(join(folder, 'wrong.yaml'), WRONG)
writeFileSync(
  join(folder, 'quiet.yaml'),
  RIGHT.replace(
    'spec:\n  selector:\n    app: shop\n',
    'spec:\n  sessionAffinity: ClientIP\n  selector:\n    app: shop\n',
  ),
)

function doctor(args: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, INIT_CWD: folder, KUBECONFIG: join(folder, 'no kubeconfig') }
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'doctor', ...args], {
    cwd: folder,
    env,
    input,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

interface Sarif {
  readonly runs: {
    readonly invocations: readonly object[]
    readonly tool: {
      readonly driver: {
        readonly rules: {
          readonly id: string
          readonly help: { readonly markdown: string }
          readonly helpUri?: string
        }[]
      }
    }
    readonly results: {
      readonly ruleId: string
      readonly ruleIndex: number
      readonly level: string
      readonly locations: {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string }
          readonly region: { readonly startLine: number }
        }
      }[]
    }[]
  }[]
}

// The schema is of draft 4, whose `id` is `$id` today.
const { id: _id, $schema: _schema, ...schema } = sarif
const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema)

const placesIn = ({ runs }: Sarif): string[] =>
  runs.flatMap(({ results }) =>
    results.flatMap(({ locations }) =>
      locations.map(
        ({ physicalLocation: { artifactLocation, region } }) => `${artifactLocation.uri}:${region.startLine}`,
      ),
    ),
  )

/** Runs the command in this process, and returns its exit status. */
async function statusOf(...args: readonly string[]): Promise<number> {
  const silent = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    return await runCommandLine(['doctor', ...args])
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return 2
  } finally {
    silent.mockRestore()
  }
}

describe('zero-drop doctor', () => {
  beforeAll(() => {
    vi.stubEnv('KUBECONFIG', join(folder, 'no kubeconfig'))
  })
  afterAll(() => void vi.unstubAllEnvs())

  it('prints the place, the rule, the object, what to write and where the page is', () => {
    const { status, stdout, stderr } = doctor(['wrong.yaml'])
    expect([status, stderr]).toEqual([1, ''])
    expect(stdout).toContain(
      'wrong.yaml:19: error: maxUnavailable allows 3 of 3 pods to be away: a rollout may have no pod [max-unavailable]\n' +
        '    Deployment shop/shop, spec.strategy.rollingUpdate.maxUnavailable\n' +
        '    write: maxUnavailable: 0 with maxSurge: 1\n' +
        '    why: zero-drop doctor --explain max-unavailable\n',
    )
    expect(stdout).toMatch(/1 error, 1 warning\n$/u)
  })

  it.each([
    [['right.yaml'], 0],
    [['quiet.yaml'], 0],
    [['quiet.yaml', '--fail-on', 'info'], 1],
    [['wrong.yaml', '--fail-on', 'error'], 1],
    [['missing.yaml'], 2],
    [[], 2],
    [['right.yaml', '--live'], 2],
    [['right.yaml', '-n', 'shop'], 2],
    [['--format', 'xml', 'right.yaml'], 2],
    [['--explain', 'recreat'], 2],
    [['--live'], 2],
  ] as const)('%j ends with %i', async (args, status) => {
    expect(await statusOf(...args.map((word) => (word.endsWith('.yaml') ? join(folder, word) : word)))).toBe(status)
  })

  it('reads stdin', () => {
    expect(doctor(['-'], WRONG).stdout).toContain('stdin:19: error')
    expect(doctor(['-'], RIGHT)).toMatchObject({ status: 0 })
  })

  it('prints the corrected manifest to stdout, and the rest to stderr', () => {
    const { status, stdout, stderr } = doctor(['--fix', 'wrong.yaml'])
    expect([status, stdout]).toEqual([0, RIGHT])
    expect(stderr).toBe('2 of 2 findings are corrected\n')
    const withoutTag = WRONG.replace(':v1.2.0', ':latest')
    expect(doctor(['--fix', '-'], withoutTag)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('[mutable-tag]') as string,
    })
  })

  it('prints JSON', () => {
    const { findings, ignored } = JSON.parse(doctor(['--format', 'json', 'wrong.yaml']).stdout) as {
      findings: Record<string, unknown>[]
      ignored: number
    }
    expect(ignored).toBe(0)
    expect(findings.find(({ rule }) => rule === 'max-unavailable')).toMatchObject({
      severity: 'error',
      object: 'Deployment shop/shop',
      field: 'spec.strategy.rollingUpdate.maxUnavailable',
      file: 'wrong.yaml',
      line: 19,
      column: 7,
      help: 'zero-drop doctor --explain max-unavailable',
    })
  })

  it('prints annotations of GitHub Actions', () => {
    const { stdout } = doctor(['--format', 'github', 'wrong.yaml'])
    expect(stdout).toContain('::error file=wrong.yaml,line=19,col=7,title=max-unavailable::Deployment shop/shop: ')
    expect(stdout).toContain('::warning file=wrong.yaml,line=10,col=3,title=revision-history::')
    // A percent sign begins an escape.
    writeFileSync(join(folder, 'budget.yaml'), RIGHT.replace('  maxUnavailable: 1\n', '  maxUnavailable: 100%\n'))
    expect(doctor(['--format', 'github', 'budget.yaml']).stdout).toContain('maxUnavailable 100%25 allows')
  })

  it('prints SARIF that its schema accepts', () => {
    const log = JSON.parse(doctor(['--format', 'sarif', 'wrong.yaml']).stdout) as Sarif
    expect(validate(log) ? [] : validate.errors).toEqual([])
    const [run] = log.runs
    const rules = run?.tool.driver.rules.map(({ id }) => id) ?? []
    expect(rules).toEqual([...RULES.map(({ id }) => id), 'ignore-without-reason'])
    expect(run?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['revision-history', 'warning'],
      ['max-unavailable', 'error'],
    ])
    for (const { ruleId, ruleIndex } of run?.results ?? []) expect(rules[ruleIndex]).toBe(ruleId)
    // Code scanning shows the page of the rule, and a link to the source of the rule.
    const page = run?.tool.driver.rules.find(({ id }) => id === 'max-unavailable')
    expect(page?.help.markdown).toMatch(/^maxUnavailable is the number.*\n\nInstead of\n\n```yaml\n/u)
    expect(doctor(['--explain', 'max-unavailable']).stdout).toContain(page?.help.markdown)
    expect(page?.helpUri).toMatch(/^https:\/\/kubernetes\.io\//u)
    // A schema that accepts everything would prove nothing.
    expect(validate({ ...log, runs: [{}] })).toBe(false)
  })

  it('names a path that cannot be followed, and reads the rest', () => {
    mkdirSync(join(folder, 'links'))
    symlinkSync('loop.yaml', join(folder, 'links/loop.yaml'))
    writeFileSync(join(folder, 'links/right.yaml'), RIGHT)
    for (const path of ['links', 'links/loop.yaml']) {
      const { status, stderr } = doctor([path])
      expect(status).toBe(2)
      expect(stderr).toMatch(/^zero-drop: not read: links\/loop\.yaml cannot be read: [^\n]* \(ELOOP\)[^\n]*\n$/u)
    }
    const long = 'a'.repeat(300)
    expect(doctor([long]).stderr).toContain(`not read: ${long} cannot be read: name too long (ENAMETOOLONG)`)
  })

  it('names an input that is empty, a path that is empty, and flags that exclude each other', () => {
    expect(doctor(['-']).stderr).toBe('zero-drop: not read: stdin is empty: pipe the manifests into it\n')
    expect(doctor([''])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('an empty path is given') as string,
    })
    expect(doctor(['--fix', '--format', 'json', 'wrong.yaml'])).toMatchObject({ status: 2, stdout: '' })
  })

  it('reports what it cannot read in each format, with the findings of the rest', () => {
    writeFileSync(join(folder, 'broken.yaml'), 'apiVersion: v1\nkind: Service\nspec: [1\n')
    const run = (...format: string[]) => doctor([...format, 'broken.yaml', 'wrong.yaml'])
    const text = run()
    expect(text.status).toBe(2)
    expect(text.stderr).toMatch(/^zero-drop: not read: broken\.yaml:4 is not YAML: [^\n]*\n$/u)
    expect(text.stdout).toMatch(/^wrong\.yaml:19: error: [^]*\n1 error, 1 warning; 1 input not read\n$/mu)
    const { findings, notRead } = JSON.parse(run('--format', 'json').stdout) as Record<string, unknown[]>
    expect(findings).toHaveLength(2)
    const reason = expect.stringMatching(/^is not YAML: /u) as string
    expect(notRead).toEqual([{ file: 'broken.yaml', line: 4, reason }])
    expect(run('--format', 'github').stdout).toContain('::error file=broken.yaml,line=4,col=1,title=not read::broken.')
    const log = JSON.parse(run('--format', 'sarif').stdout) as Sarif
    expect(validate(log) ? [] : validate.errors).toEqual([])
    expect(log.runs[0]?.results).toHaveLength(2)
    const [invocation] = log.runs[0]?.invocations ?? []
    expect(invocation).toMatchObject({ executionSuccessful: false, toolExecutionNotifications: [{ level: 'error' }] })
    expect(JSON.stringify(invocation)).toContain('"uri":"broken.yaml"},"region":{"startLine":4,')
    const right = JSON.parse(doctor(['--format', 'sarif', 'right.yaml']).stdout) as Sarif
    expect(right.runs[0]?.invocations).toEqual([{ executionSuccessful: true, toolExecutionNotifications: [] }])
    expect(doctor(['--fix', 'broken.yaml', 'wrong.yaml'])).toMatchObject({ status: 2, stdout: RIGHT })
  })

  it('shows findings of Helm output in the templates of the chart', () => {
    const output = `---\n# Source: shop/templates/all.yaml\n${WRONG}`
    const place = (...format: string[]): string => doctor([...format, '-'], output).stdout
    // Without the chart, code scanning needs some line.
    expect(placesIn(JSON.parse(place('--format', 'sarif')) as Sarif)).toEqual([
      'shop/templates/all.yaml:1',
      'shop/templates/all.yaml:1',
    ])
    mkdirSync(join(folder, 'deploy/chart/templates'), { recursive: true })
    writeFileSync(join(folder, 'deploy/chart/Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n')
    const values = WRONG.replace('maxUnavailable: 100%', 'maxUnavailable: {{ .Values.unavailable }}')
    writeFileSync(join(folder, 'deploy/chart/templates/all.yaml'), `{{- if .Values.shop }}\n${values}{{- end }}\n`)
    const log = JSON.parse(place('--format', 'sarif')) as Sarif
    expect(validate(log) ? [] : validate.errors).toEqual([])
    expect(placesIn(log)).toEqual(['deploy/chart/templates/all.yaml:11', 'deploy/chart/templates/all.yaml:20'])
    expect(place('--format', 'github')).toContain('::error file=deploy/chart/templates/all.yaml,line=20,')
    expect(place()).toMatch(/^deploy\/chart\/templates\/all\.yaml:20: error: .*\n.*, line 21 of stdin\n/mu)
  })

  it('says when code scanning cannot show the findings of stdin', () => {
    const hint = 'findings of stdin have no file in the repository'
    expect(doctor(['--format', 'sarif', '-'], WRONG).stderr).toContain(hint)
    expect(doctor(['--format', 'sarif', '-'], RIGHT).stderr).toBe('')
    expect(doctor(['--format', 'sarif', '-'], `---\n# Source: shop/templates/all.yaml\n${WRONG}`).stderr).toBe('')
    expect(doctor(['-'], WRONG).stderr).toBe('')
  })

  it('prints the page of a rule', () => {
    const { status, stdout } = doctor(['--explain', 'recreate'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^### recreate\n/u)
    expect(stdout).toContain('kube-score deployment-strategy')
  })

  it('says nothing about the manifests of this repository', async () => {
    const paths = ['k8s/k8s-cloud-communal.yaml', 'k8s/rendered'].map((path) => join(ROOT, path))
    expect(await Promise.all(paths.map((path) => statusOf('--fail-on', 'info', path)))).toEqual([0, 0])
  })
})
