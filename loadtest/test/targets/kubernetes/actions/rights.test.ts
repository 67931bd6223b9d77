import { describe, expect, test } from 'vitest'
import { operationOf } from '../../../../src/scenarios/choose.js'
import { chooseScenario, scenariosOf } from '../../../../src/scenarios/index.js'
import { rightsFor } from '../../../../src/targets/kubernetes/actions/rights.js'
import { rightsText } from '../../../../src/targets/kubernetes/dry-run.js'
import { readWorkloadName } from '../../../../src/targets/kubernetes/workload/kinds.js'
import { patches, shop, start, make, useShop } from '../../../fixtures/shop.js'

/** The rights of a scenario beside those to read. */
function changes(scenario: string, workload: string, twin: boolean): string {
  const named = readWorkloadName(workload)
  if (named === undefined) throw new Error(`no workload ${workload}`)
  const read = new Set(['get', 'list', 'watch'])
  return rightsText(rightsFor(named.kind, operationOf(chooseScenario(scenario)), { twin }))
    .map((right) => {
      const [verbs = '', resource = ''] = right.split(' ')
      return [
        verbs
          .split(',')
          .filter((verb) => !read.has(verb))
          .join(','),
        resource,
      ].join(' ')
    })
    .filter((right) => !right.startsWith(' '))
    .join('; ')
}

describe('a scenario asks only for the rights of what it does', () => {
  test.each([
    ['set-image', 'patch deployments.apps'],
    ['undo', 'patch deployments.apps'],
    ['restart', 'patch deployments.apps'],
    ['scale-down', 'patch deployments.apps'],
    ['slow-readiness', 'patch deployments.apps'],
    ['delete-pod', 'delete pods'],
    ['kill', 'delete pods'],
    ['drain-node', 'create pods/eviction; patch nodes'],
    ['liveness-restart', 'create,delete pods'],
    ['unpullable-image', 'patch deployments.apps; patch,delete replicasets.apps'],
    ['crashing-image', 'patch deployments.apps; patch,delete replicasets.apps'],
  ])('%s: %s', (scenario, expected) => {
    expect(changes(scenario, 'deployment/shop', false)).toBe(expected)
  })

  test('every scenario of a cluster is in the table above', () => {
    expect(scenariosOf('kubernetes')).toHaveLength(11)
  })

  test('a twin adds its own objects, and a StatefulSet its waiting pod', () => {
    expect(changes('delete-pod', 'deployment/shop', true)).toBe(
      'create,delete deployments.apps; delete pods; create,delete services',
    )
    expect(changes('restart', 'statefulset/shop', false)).toBe('patch statefulsets.apps; delete pods')
  })
})

describe('without the right to patch', () => {
  useShop()

  test('delete-pod starts, and a restart names the right', async () => {
    shop.api.denied.add('patch deployments')
    await start(make({ scenario: 'delete-pod' }))
    await expect(start(make({ scenario: 'restart' }))).rejects.toThrow(
      'may not patch deployments.apps in namespace store',
    )
    expect(patches()).toEqual([])
  })
})
