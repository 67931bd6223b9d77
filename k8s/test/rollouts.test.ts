import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { copyManifests } from './copy.ts'
import type { Ended } from './copy.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

/**
 * Runs rollouts.sh with a kubectl that renders a folder from its committed file and accepts no object. Returns what the
 * script printed, and the objects that it applied last.
 */
const rollouts = (folders: string[], env: Record<string, string> = {}): Ended & { applied: string } => {
  const copy = copyManifests()
  copy.program(
    'kubectl',
    `#!/bin/sh
case "$1 $2" in
  'get --raw') ;;
  'kustomize '*) exec cat "${copy.root}/rendered/\${2##*/}.yaml" ;;
  'apply -f') cp "$3" "${copy.root}/applied.yaml"; echo 'refused' >&2; exit 1 ;;
  'delete namespace') ;;
  *) exit 1 ;;
esac
`,
  )
  const { status, stdout, stderr } = spawnSync('bash', [join(copy.root, 'rollouts.sh'), ...folders], {
    encoding: 'utf8',
    env: { ...env, URLS: 'http://127.0.0.1:1', PATH: `${join(copy.root, 'bin')}:${process.env['PATH']}` },
  })
  const applied = join(copy.root, 'applied.yaml')
  return { status, stdout, stderr, applied: existsSync(applied) ? readFileSync(applied, 'utf8') : '' }
}

describe('rollouts.sh', () => {
  it('skips a folder whose database or operator is missing, and says what to do', () => {
    const { status, stdout } = rollouts(['overlays/postgresql', 'overlays/monitored'])
    expect(stdout.split('\n')).toEqual([
      'skipped overlays/postgresql: DATABASE_URL is not set; give the URL of a PostgreSQL that the pods can reach',
      'skipped overlays/monitored: the cluster has no PodMonitor; install the Prometheus operator',
      '0 passed, 0 failed, 2 skipped',
      '',
    ])
    expect(status).toBe(0)
  })

  it('fails for a folder that the cluster refuses', () => {
    const { status, stdout } = rollouts(['overlays/single'])
    expect(stdout).toBe('failed  overlays/single: the deployment failed: refused\n0 passed, 1 failed, 0 skipped\n')
    expect(status).toBe(1)
  })

  it.each([
    ['the image of the folder', {}, 'registry.cn-shanghai.aliyuncs.com/jbk/cloud-communal:v1.0.0@sha256:'],
    ['another tag', { FROM: 'v2' }, 'registry.cn-shanghai.aliyuncs.com/jbk/cloud-communal:v2\n'],
    ['another image by digest', { IMAGE: 'reg/a', FROM: `v2@${DIGEST}` }, `reg/a:v2@${DIGEST}\n`],
  ])('deploys %s', (_what, env, image) => {
    expect(rollouts(['overlays/production'], env).applied).toContain(` image: ${image}`)
  })
})
