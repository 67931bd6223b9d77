import { describe, expect, it } from 'vitest'
import { ALL_RULES } from '../../loadtest/dist/doctor/examine.js'
import { CASES, NOT_SHOWN } from '../doctor/cases.ts'
import { manifest } from '../doctor/manifest.ts'
import { rulesIn } from '../doctor/run.ts'

describe('pnpm evidence doctor', () => {
  it('has a run or a reason for each rule, and for no other', () => {
    const names = [...CASES.map(({ rule }) => rule), ...Object.keys(NOT_SHOWN)]
    expect(names.toSorted()).toEqual(ALL_RULES.map(({ id }) => id).toSorted())
  })

  it('rolls out a corrected manifest in which the doctor finds nothing', () => {
    expect(rulesIn(manifest())).toEqual([])
  })

  it.each(CASES)('$rule: the doctor finds this mistake alone', ({ rule, wrong }) => {
    expect(rulesIn(manifest(wrong))).toEqual([rule])
  })
})
