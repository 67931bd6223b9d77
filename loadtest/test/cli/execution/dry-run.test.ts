import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runCommandLine } from '../../../src/cli/program.ts'
import { contextNamespace } from '../../../src/targets/kubernetes/api/context-namespace.ts'
import { deploy, DEPLOYMENTS, patches, SERVICES, shop, useShop } from '../../fixtures/shop.js'

let out = ''
beforeEach(() => {
  out = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  return () => vi.restoreAllMocks()
})

async function dryRun(...words: readonly string[]): Promise<string> {
  const status = await runCommandLine([...words, '--dry-run'])
  return `${out}exit ${status}`
}

describe('--dry-run on this machine', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zero-drop-dry-'))
    vi.stubEnv('INIT_CWD', folder)
    vi.stubEnv('npm_lifecycle_event', 'test')
    vi.stubEnv('TOKEN', 'open-sesame')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  test('prints the pods, the programs, the load and the files, and writes nothing', async () => {
    const text = await dryRun(
      'prove',
      '--command',
      'node server.js',
      '--twin-command',
      'node naive.js',
      '--header',
      'Authorization: Bearer ${TOKEN}',
      '--logs',
      join(folder, 'logs'),
    )
    expect(text).toContain('Scenario  set-image: roll to a new version')
    expect(text).toContain('3 pods, maxSurge 1, maxUnavailable 0, grace period 30 s, ready by tcpSocket, port in PORT')
    expect(text).toMatch(
      /old version: node server\.js\n +new version: node server\.js\n +naive twin: {2}node naive\.js/u,
    )
    expect(text).toMatch(
      /Load +200 requests\/s with seed 1: new-connection 75, keep-alive 75, idle-keep-alive 25, pipelined 25/u,
    )
    expect(text).toContain('Authorization: ***')
    expect(text).not.toContain('sesame')
    expect(text).toContain(join(folder, 'report.json'))
    expect(text).toMatch(/exit 0$/u)
    expect(readdirSync(folder)).toEqual([])
  })

  test('makes the checks of a run', async () => {
    writeFileSync(
      join(folder, 'shop.yaml'),
      'kind: Deployment\nmetadata: { name: shop }\nspec: { replicas: 0, selector: {}, template: { spec: { containers: [{ name: a, ports: [{ containerPort: 80 }] }] } } }\n',
    )
    const flags = ['prove', '--manifests', 'shop.yaml', '--command', 'node server.js']
    await expect(dryRun(...flags)).rejects.toThrow(
      `${folder}/shop.yaml:3: Deployment shop: spec.replicas is 0, so there is nothing to roll out`,
    )
    expect(await dryRun(...flags, '--replicas', '2')).toContain('2 pods, maxSurge 1, maxUnavailable 0')
  })

  test('a suite prints each scenario, and the error of one that cannot run', async () => {
    const flags = ['--command', 'node server.js', '--replicas', '1', '--scenarios', 'undo,scale-down']
    const text = await dryRun('suite', ...flags)
    expect(text).toContain('Scenario  undo: roll back')
    expect(text).toContain('cannot run: the command line: Deployment program: spec.replicas is 1')
    expect(text).toMatch(/exit 2$/u)
  })
})

describe('--dry-run on a cluster', () => {
  useShop()

  test('names the objects and the rights, and changes nothing', async () => {
    deploy()
    const kubeconfig = shop.api.kubeconfig(shop.folder)
    const access = [
      '--target',
      'kubernetes',
      '--kubeconfig',
      kubeconfig,
      '-n',
      'store',
      '--workload',
      'deployment/shop',
    ]
    const text = await dryRun(
      'prove',
      ...access,
      '--url',
      shop.url,
      '--image',
      'shop:v3',
      '--scenario',
      'set-image',
      '--no-twin',
    )
    expect(text).toContain('deployment/shop in namespace store of context fake')
    expect(text).toContain('from v2 to v3; a rollout that succeeds stays; a failed or interrupted one is undone')
    expect(text).toMatch(/Touches +deployment\/shop: set image .*\n +no twin \(--no-twin\)/u)
    expect(text).toContain('get,list,watch,patch deployments.apps')
    expect(text).not.toContain('services')
    expect(patches()).toEqual([])
    const posts = shop.api.requests.filter(
      ({ method, path }) => method !== 'GET' && !path.includes('authorization') && !path.includes('authentication'),
    )
    expect(posts).toEqual([])
  })

  test('of watch', async () => {
    deploy()
    const kubeconfig = shop.api.kubeconfig(shop.folder)
    const access = ['--kubeconfig', kubeconfig, '-n', 'store', '--workload', 'deployment/shop', '--url', shop.url]
    const text = await dryRun('watch', ...access, '--clients', 'keep-alive')
    expect(text).toMatch(/Touches +nothing in the cluster/u)
    expect(text).toContain('deployment/shop in namespace store')
    expect(text).toContain('get,list,watch deployments.apps')
    expect(shop.api.requests.map(({ path }) => path)).not.toContain(SERVICES)
    expect(DEPLOYMENTS).toContain('store')
  })
})

describe('the namespace without --namespace', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zero-drop-context-'))
    return () => rmSync(folder, { recursive: true })
  })
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const CONTEXTS = `current-context: a
contexts:
  - { name: a, context: { cluster: c, namespace: store } }
  - { name: b, context: { cluster: c } }
  - { name: d, context: { cluster: c, namespace: dev } }
`

  test('is that of the context, or default', () => {
    const kubeconfig = file('config', CONTEXTS)
    expect(contextNamespace({ kubeconfig })).toBe('store')
    expect(contextNamespace({ kubeconfig, context: 'd' })).toBe('dev')
    expect(contextNamespace({ kubeconfig, context: 'b' })).toBe('default')
    expect(contextNamespace({ kubeconfig, context: 'none' })).toBe('default')
    expect(contextNamespace({ kubeconfig: join(folder, 'none') })).toBe('default')
  })

  test('comes from the first file of KUBECONFIG that has it', () => {
    const first = file('first', 'current-context: d\n')
    const second = file('second', CONTEXTS)
    expect(contextNamespace({}, { KUBECONFIG: `${first}:${second}` })).toBe('dev')
    expect(contextNamespace({}, { KUBECONFIG: `${second}:${first}` })).toBe('store')
  })
})
