import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { findingsInCluster, findingsInManifests, sectionOfFindings } from '../../src/doctor/before-rollout.ts'
import { ALL_RULES } from '../../src/doctor/examine.ts'
import { findingFor, RULES_OF_CAUSES, type Loss } from '../../src/verdict/story/manifest-cause.ts'
import { RIGHT } from './fixtures/manifest.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zero-drop-doctor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const WRONG = RIGHT.replace('maxUnavailable: 0', 'maxUnavailable: 100%').replace(
  'spec:\n  selector:\n    app: shop\n',
  'spec:\n  sessionAffinity: ClientIP\n  selector:\n    app: shop\n',
)

describe('the doctor before a run', () => {
  it('tells errors and warnings with their places, and keeps the rest for the report', () => {
    const path = join(folder, 'shop.yaml')
    writeFileSync(path, WRONG)
    const findings = findingsInManifests(path, folder)
    expect(findings.map(({ rule, place }) => `${place} ${rule}`)).toEqual([
      'shop.yaml:19 max-unavailable',
      'shop.yaml:67 session-affinity',
    ])
    expect(sectionOfFindings(findings)).toBe(
      'zero-drop doctor found in the manifests:\n' +
        '  shop.yaml:19: error: maxUnavailable allows 3 of 3 pods to be away: a rollout may have no pod [max-unavailable]\n',
    )
    expect(sectionOfFindings(findings.filter(({ severity }) => severity === 'info'))).toBe('')
  })

  it('reads manifests from the standard input, which the run then reads, too', () => {
    const args = ['prove', '--manifests', '-', '--command', 'node server.js', '--workload', 'deployment/none']
    const { stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, input: WRONG, encoding: 'utf8' })
    expect(stderr).toContain('  stdin:19: error: maxUnavailable allows 3 of 3 pods to be away')
    expect(stderr).toContain('standard input has no Deployment none; there are: shop')
  })

  it('never fails a run', async () => {
    expect(findingsInManifests(join(folder, 'missing.yaml'), folder)).toEqual([])
    expect(await findingsInCluster({ kubeconfig: join(folder, 'missing') })).toEqual([])
  })

  it('explains losses by rules that exist', () => {
    const known = new Set(ALL_RULES.map(({ id }) => id))
    expect(RULES_OF_CAUSES.filter((rule) => !known.has(rule))).toEqual([])
  })

  const ended = { killed: false, terminatingAt: 1 }
  it.each<readonly [what: string, loss: Loss, rule: string | undefined]>([
    ['no pod was ready', loss('refused', 'no-pod', undefined, {}), 'recreate'],
    ['a pod that starts', loss('refused', 'starting', { killed: false, terminatingAt: null }), 'no-readiness-probe'],
    [
      'a pod that is ready before it listens',
      loss('refused', 'ready', { killed: false, terminatingAt: 1 }),
      'no-readiness-probe',
    ],
    ['SIGKILL', loss('truncated', 'gone', { killed: true, terminatingAt: 1 }), 'grace-period-too-short'],
    ['a pod that closed its listener', loss('refused', 'draining', ended), 'no-shutdown-delay'],
    ['a container that was restarted', loss('reset', 'gone', { killed: false, terminatingAt: null }), 'eager-liveness'],
    ['an unknown pod', loss('reset', 'no-pod', undefined), undefined],
    ['a wrong answer', loss('wrong-body', 'starting', ended), undefined],
  ])('%s', (_, given, rule) => {
    const findings = RULES_OF_CAUSES.filter((each) => !['no-grace-period', 'prestop-cannot-run'].includes(each)).map(
      (each) => ({
        rule: each,
        severity: 'error' as const,
        object: 'Deployment shop',
        place: 'shop.yaml:1',
        message: '',
        instead: '',
      }),
    )
    expect(findingFor(given, findings)?.rule).toBe(rule)
    expect(findingFor(given, [])).toBeUndefined()
  })
})

function loss(outcome: Loss['failure']['outcome'], stage: Loss['stage'], story: Loss['story'], refusal?: object): Loss {
  const failure = { outcome, reused: false, refusal: refusal as Loss['failure']['refusal'], ending: { outcome } }
  return { failure, stage, story }
}
