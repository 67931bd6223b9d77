import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderedFile } from '../folders.mjs'
import { copyManifests } from './copy.ts'
import type { Ended } from './copy.ts'
import { K8S, readRendered } from './rendered.ts'

/** Runs policies.mjs on a cluster that has the objects of a folder, after a change of them. */
const policies = (
  folder: string,
  { change = (text: string) => text, ...env }: { change?: (text: string) => string; ENFORCED?: string } = {},
): Ended & { lines: string[]; calls: string[] } => {
  const copy = copyManifests()
  const log = join(copy.root, 'calls')
  copy.change(renderedFile(folder), change)
  copy.program(
    'kubectl',
    `#!/bin/sh
echo "$1 $2 $3 $4" >> '${log}'
case "$1 $2" in
  'get namespace') exit 1 ;;
  'get --raw' | 'wait '* | 'delete '* | 'create '*) exit 0 ;;
esac
exec '${process.execPath}' '${join(K8S, 'test/fixtures/kubectl-with-policies.mjs')}' "$@"
`,
  )
  const files = { RENDERED: join(copy.root, renderedFile(folder)), PODS: join(copy.root, 'pods') }
  const ended = copy.run('policies.mjs', [], { ...files, ...env })
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
  return { ...ended, calls, lines: ended.stdout.trim().split('\n') }
}

const policiesOf = (folder: string): unknown[] => readRendered(folder).filter(({ kind }) => kind === 'NetworkPolicy')

describe('the NetworkPolicies', () => {
  // So a check of the base, of production and of the database covers every folder.
  it.each([
    ['overlays/local', 'base'],
    ['overlays/single', 'base'],
    ['overlays/monitored', 'overlays/production'],
  ])('of %s are those of %s', (folder, same) => {
    expect(policiesOf(folder)).toEqual(policiesOf(same))
    expect(policiesOf(folder)).not.toEqual([])
  })
})

describe('policies.mjs', () => {
  it.each(['base', 'overlays/production', 'overlays/postgresql'])('finds the policies of %s right', (folder) => {
    const { lines, status, stderr } = policies(folder)
    expect([...lines.filter((line) => !line.startsWith('passed')), stderr, status]).toEqual([
      '25 passed, 0 failed',
      '',
      0,
    ])
  })

  it('says that no policy is enforced', () => {
    const { lines, status } = policies('overlays/production', { ENFORCED: 'no' })
    expect(lines.at(-1)).toBe(
      'no connection was denied; the network plugin of this cluster does not enforce NetworkPolicies',
    )
    expect(status).toBe(1)
  })

  it('names each connection that a policy allows or denies against the table', () => {
    const rule = '    - port: admin\n'
    const { lines, status } = policies('base', { change: (text) => text.replace(rule, '    - port: 9090\n') })
    expect(lines.filter((line) => !line.startsWith('passed'))).toEqual([
      'failed  from namespace monitoring to the service, 18081: allowed (0 of 4)',
      '        | policies-check-0 to 10.1.1.1 port 18081: timeout',
      '        | policies-check-0 to 10.1.2.1 port 18081: timeout',
      '        | policies-check-1 to 10.1.1.1 port 18081: timeout',
      '        | policies-check-1 to 10.1.2.1 port 18081: timeout',
      '24 passed, 1 failed',
    ])
    expect(status).toBe(1)
  })

  it('deletes its pods and the namespaces that it created', () => {
    const { calls } = policies('base')
    expect(calls.filter((call) => call.startsWith('delete')).map((call) => call.trim())).toEqual([
      'delete pods -n cloud',
      'delete pods -n monitoring',
      'delete pods -n policies-check-outside',
      'delete namespace policies-check-outside --wait',
      'delete namespace monitoring --wait',
    ])
  })

  it("refuses a service on the host's network", () => {
    const { status, stderr, calls } = policies('overlays/hostnetwork')
    expect(stderr).toBe(
      "policies: the pods use the host's network, where no NetworkPolicy applies; apply another folder\n",
    )
    expect([status, calls.filter((call) => /^(apply|create|delete)/u.test(call))]).toEqual([2, []])
  })
})
