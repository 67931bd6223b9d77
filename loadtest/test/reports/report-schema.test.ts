import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { prove } from '../../src/proof/prove.ts'
import type { ProveOptions } from '../../src/proof/prove-options.ts'
import { reportOf, SCHEMA_VERSION } from '../../src/reports/report.ts'
import { shortProof } from '../fixtures/run-options.ts'
import { startService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'
import { FakeTarget } from '../fixtures/target.ts'
import type { FakeTargetOptions } from '../fixtures/target.ts'
import { reportSchema } from './report-schema.ts'
import type { SchemaReport, TypedReport } from './report-schema.ts'

const FILE = fileURLToPath(new URL('../../report.schema.json', import.meta.url))
vi.mock('../../src/proof/self-test/self-test.ts', async (original) => {
  const { selfTestOnce } = await import('../fixtures/self-test-once.ts')
  return selfTestOnce(original)
})

const services: Service[] = []
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()))
})

/** Returns what is wrong with a report file. */
function complaints(report: object): unknown[] {
  const ajv = new Ajv2020({ strict: true, allErrors: true })
  const validate = ajv.compile(JSON.parse(readFileSync(FILE, 'utf8')) as object)
  validate(JSON.parse(JSON.stringify(report)))
  return validate.errors ?? []
}

/** Returns the report of a run with all client classes and autocannon, and of its twin. */
async function reported(options: Partial<ProveOptions> = {}, target: Partial<FakeTargetOptions> = {}): Promise<object> {
  const served = await Promise.all([startService(), startService()])
  services.push(...served)
  const onTerminate = (): void => served[1].server.closeAllConnections()
  const proof = await prove({
    createTarget: (role) =>
      role === 'service'
        ? new FakeTarget({ services: [served[0]], drainMs: 1_000, ...target })
        : new FakeTarget({ services: [served[1]], drainMs: 1_000, onTerminate }),
    ...shortProof(),
    rate: 200,
    backgroundRate: 20,
    warmUpMs: 300,
    ...options,
  })
  const settings = { rate: 200, profile: null, clients: ['post'], twin: true, service: 'graceful' }
  return reportOf(proof, settings, '1.2.3')
}

describe('report.schema.json', () => {
  it('is generated from the schema of the types', async () => {
    expectTypeOf<SchemaReport>().toEqualTypeOf<TypedReport>()
    await expect(`${JSON.stringify(reportSchema(), undefined, 2)}\n`).toMatchFileSnapshot(FILE)
  })

  it('fits the report of a proof', async () => {
    expect(complaints(await reported())).toEqual([])
  })

  it('fits the report of an interrupted run, at any phase', async () => {
    const begun = new AbortController()
    begun.abort()
    const nothing = await reported({ signal: begun.signal })
    expect(complaints(nothing)).toEqual([])
    expect(nothing).toMatchObject({ verdict: { status: 'inconclusive' }, runs: [] })

    const controller = new AbortController()
    const phase = (name: string): void => {
      if (name === 'rolling out') setTimeout(() => controller.abort(), 1_000)
    }
    const half = await reported({ signal: controller.signal, watcher: { phase } }, { drainMs: 60_000 })
    expect(complaints(half)).toEqual([])
    expect(half).toMatchObject({ verdict: { status: 'inconclusive' }, runs: [{ outcome: { status: 'interrupted' } }] })
  })

  it('fits the report of a rollout that failed, without a twin', async () => {
    const report = await reported({ twin: false }, { outcome: { status: 'failed', reason: 'ErrImagePull' } })
    expect(complaints(report)).toEqual([])
  })

  it('rejects a report with an unknown field, or without a known one', () => {
    const report = { schemaVersion: SCHEMA_VERSION, tool: { name: 'zero-drop', version: '1' }, settings: {}, runs: [] }
    const verdict = { status: 'proven', exitStatus: 0, sentence: '', doubts: [], statistics: {} }
    const whole = { ...report, verdict, twinSkipped: null, selfTest: null, findings: [], more: 1 }
    expect(complaints(whole)).toMatchObject([
      { instancePath: '', params: { additionalProperty: 'more' } },
      ...Array.from({ length: 12 }, () => ({ instancePath: '/verdict/statistics', keyword: 'required' })),
    ])
  })
})
