import { describe, expect, it } from 'vitest'
import { flagName } from '../../src/cli/flags/flag.ts'
import { PROVE_FLAGS } from '../../src/cli/flags/prove-flags.ts'
import { chooseScenario, scenariosOf, targetsOf } from '../../src/scenarios/index.ts'

describe('the list of scenarios', () => {
  it('names each scenario and each flag once', () => {
    const names = scenariosOf().map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const flags = PROVE_FLAGS.flatMap((group) => Object.entries(group.flags).map(([key, flag]) => flagName(key, flag)))
    expect(new Set(flags).size).toBe(flags.length)
    for (const { flags: own } of scenariosOf()) for (const { name } of own) expect(flags).toContain(name)
  })

  it('filters by target', () => {
    expect(scenariosOf('local').every((scenario) => targetsOf(scenario).includes('local'))).toBe(true)
    expect(scenariosOf('kubernetes').every((scenario) => targetsOf(scenario).includes('kubernetes'))).toBe(true)
    expect(scenariosOf('local').map(({ name }) => name)).toContain('set-image')
  })

  it('fills in defaults, keeps given values, and omits flags without either', () => {
    expect(chooseScenario('delete-pod').values).toEqual({ pods: 1 })
    expect(chooseScenario('delete-pod', { pods: 2 }).values).toEqual({ pods: 2 })
    expect(chooseScenario('undo').values).toEqual({})
    expect(chooseScenario('undo', { 'to-revision': 3 }).values).toEqual({ 'to-revision': 3 })
  })

  it('refuses an unknown name, and the flag of another scenario', () => {
    expect(() => chooseScenario('rollback')).toThrow('unknown scenario "rollback"; there are: set-image, undo, ')
    expect(() => chooseScenario('set-image', { 'to-revision': 1 })).toThrow(
      '--to-revision has no effect with the scenario set-image: leave it out',
    )
  })
})
