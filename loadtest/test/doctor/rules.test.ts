import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/doctor/rules/index.ts'
import { findingsOf, idsOf, manifestWith, RIGHT } from './fixtures/manifest.ts'

it('the service without a fault has no finding', () => {
  expect(findingsOf(RIGHT)).toEqual([])
})

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  it('finds the mistake of its example, and no other rule does', () => {
    const findings = findingsOf(manifestWith(rule.example.wrong))
    expect([...new Set(findings.map((finding) => finding.rule.id))]).toEqual([id])
  })

  it('finds nothing in the correction, and no other rule does', () => {
    expect(idsOf(manifestWith(rule.example.right))).toEqual([])
  })

  it('has a name, a reason and a text in plain sentences', () => {
    expect(id).toMatch(/^[a-z\d]+(?:-[a-z\d]+)*$/u)
    expect(rule.why).toMatch(/\.$/u)
    expect(rule.title).not.toMatch(/\.$/u)
  })
})
