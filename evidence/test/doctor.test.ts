import { describe, expect, it } from 'vitest'
import { ALL_RULES } from '../../loadtest/dist/doctor/examine.js'
import { manifestOf, rulesIn } from '../doctor/case-manifest.ts'
import { CLUSTER_CASES } from '../doctor/cluster-cases.ts'
import { LOCAL_CASES } from '../doctor/local-cases.ts'
import { LOCAL, type Place } from '../doctor/manifest.ts'
import { NOT_SHOWN } from '../doctor/not-shown.ts'
import { runOf } from '../doctor/outcome.ts'
import { markdown, table, tableIn } from '../doctor/proof.ts'

const CLUSTER: Place = { ...LOCAL, replicas: 2, nodePort: true, nodes: ['one', 'two'] }
const CASES = [
  ...LOCAL_CASES.map((one) => ({ one, rule: one.rule, target: 'the local target', place: LOCAL })),
  ...CLUSTER_CASES.map((one) => ({ one, rule: one.rule, target: 'a cluster', place: CLUSTER })),
]

describe('pnpm evidence doctor', () => {
  it('has a row or a reason for each rule, and for no other', () => {
    const names = [...CASES.map(({ rule }) => rule), ...Object.keys(NOT_SHOWN)]
    expect(names.toSorted()).toEqual(ALL_RULES.map(({ id }) => id).toSorted())
  })

  it('keeps the table of the target that did not run', () => {
    const [local, kubernetes] = [LOCAL_CASES, CLUSTER_CASES].map((cases) =>
      table(cases.map((one) => ({ case: one, wrong: { requests: 9, lost: 1 }, right: { requests: 9, lost: 0 } }))),
    ) as [string, string]
    const page = markdown({ local, kubernetes })
    expect([tableIn(page, 'local'), tableIn(page, 'kubernetes')]).toEqual([local, kubernetes])
  })

  it('shares the run of the same corrected manifest under the same scenario, and no other', () => {
    const runs = CLUSTER_CASES.map((one) => [one.rule, runOf('kubernetes', one, 'right', []).name] as const)
    const shared = runs.filter(([, name]) => runs.filter(([, other]) => other === name).length > 1)
    expect(shared.map(([rule]) => rule)).toEqual(['no-pdb', 'pdb-protects-nothing'])
  })

  it.each(CASES)('$rule on $target: the doctor finds this mistake alone', ({ one, rule, place }) => {
    expect(rulesIn(manifestOf(one, 'wrong', place))).toEqual([rule])
  })

  it.each(CASES)('$rule on $target: the doctor finds nothing in the corrected manifest', ({ one, place }) => {
    expect(rulesIn(manifestOf(one, 'right', place))).toEqual([])
  })
})
