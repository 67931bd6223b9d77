import { describe, expect, test } from 'vitest'
import { chooseScenario } from '../../../src/scenarios/index.ts'
import { manifestsWith, make, start, usageError, get } from '../../fixtures/local-target.ts'

describe.concurrent('usage errors of the local target', () => {
  test.for([
    [
      'replicas: 3',
      'replicas: 0',
      7,
      'spec.replicas is 0, so there is nothing to roll out: give --replicas with --command, or raise it',
    ],
    [
      'httpGet:\n              path: /readyz\n              port: admin',
      'exec: { command: [cat, /tmp/healthy] }',
      50,
      'spec.template.spec.containers[0].readinessProbe.exec needs a container, which does not run on this machine: give the path of an HTTP check with --readiness-path, use httpGet or tcpSocket, or prove it with --target kubernetes',
    ],
    [
      "- name: PORT\n              value: '8080'",
      '- name: LEVEL\n              value: info',
      32,
      'spec.template.spec.containers[0].env has no variable with the value "8080", so pods cannot be given ports of their own on this machine: add one (for example PORT) that the service listens on',
    ],
    [
      "value: '8081'",
      'valueFrom: { secretKeyRef: { name: vault, key: port } }',
      35,
      'spec.template.spec.containers[0].env[1] (ADMIN_PORT) comes from Secret vault, key port, which is not among the manifests: give it a value with --env ADMIN_PORT=VALUE',
    ],
    [
      'httpGet:\n              path: /readyz\n              port: admin',
      'grpc: { port: 8081 }',
      50,
      'spec.template.spec.containers[0].readinessProbe.grpc is a check that zero-drop does not make on this machine: give the path of an HTTP check with --readiness-path, use httpGet or tcpSocket, or prove it with --target kubernetes',
    ],
    [
      '          readinessProbe:',
      '          lifecycle: { preStop: { exec: { command: [nginx, -s, quit] } } }\n          readinessProbe:',
      49,
      'spec.template.spec.containers[0].lifecycle.preStop.exec needs a container, which does not run on this machine: use preStop.sleep, let the program wait itself (shutdownDelay of @cloud-communal/graceful), or prove it with --target kubernetes',
    ],
  ] as const)('%j', async ([from, to, line, expected], context) => {
    const manifests = manifestsWith(context, { [from]: to })
    expect(await usageError(make(context, { manifests }))).toBe(`${manifests}:${line}: Deployment shop: ${expected}`)
  })

  test('a value from --env replaces one that the manifests do not contain', async (context) => {
    const manifests = manifestsWith(context, {
      "value: '8081'": 'valueFrom: { secretKeyRef: { name: vault, key: port } }',
      'replicas: 3': 'replicas: 1',
    })
    const run = make(context, { manifests, env: { ADMIN_PORT: '8081' } })
    await start(run)
    expect((await get(run.target.urls[0] ?? '')).version).toBe('v1')
  })

  test('a first version that crashes or does not exist', async (context) => {
    expect(await usageError(make(context, { env: { MODE: 'crash' } }))).toMatch(
      /^v1 does not start: pod shop-\S+ ended 2 times \(exit code 3\); its last output: .*FATAL: no configuration$/u,
    )
    expect(await usageError(make(context, { command: ['no-such-program'] }))).toMatch(
      /^v1 does not start: .+cannot start no-such-program: ENOENT/u,
    )
  })

  test('invalid options', async (context) => {
    expect(await usageError(make(context, { toVersion: 'v1' }))).toBe(
      'both versions are v1, so nothing would roll: use two versions, or choose --scenario restart',
    )
    expect(await usageError(make(context, { scenario: chooseScenario('undo', { 'to-revision': 2 }) }))).toBe(
      'there is no revision 2 to go back to: here revision 1 is v1, and 2 (v2) is the present one',
    )
    expect(await usageError(make(context, { command: [] }))).toBe('the command of a pod is empty')
    expect(await usageError(make(context, { balancers: 0 }))).toBe(
      'balancers must be a whole number from 1 to 100, not 0',
    )
    expect(await usageError(make(context, { propagation: { min: 5, max: 1 } }))).toBe(
      "propagation's min (5) is above its max (1)",
    )
    expect(await usageError(make(context, { propagation: [-1] }))).toBe(
      'propagation must be milliseconds of 0 or more, not [-1]',
    )
  })
})
