import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../base/zero-drop.ts'

/** The last output of `.ci/action.mjs`. */
interface Ended {
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  readonly artifacts: readonly { readonly name: string; readonly path: string }[]
  readonly ran: readonly string[]
}

const folder = mkdtempSync(join(tmpdir(), 'action-test-'))
let version = ''

/** A runner has none of the variables of pnpm and vitest. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:npm_|pnpm_|init_cwd$|vitest|node_options$)/iu.test(name)),
)

async function runAction(inputs: Readonly<Record<string, string>>): Promise<Ended & { code: number; lines: string[] }> {
  const temp = mkdtempSync(join(folder, 'runner-'))
  const words = Object.entries({ version, ...inputs }).map(([name, value]) => `${name}=${value}`)
  const { code, stdout } = await promisify(execFile)(process.execPath, [`${ROOT}.ci/action.mjs`, ...words], {
    cwd: folder,
    env: { ...environment, RUNNER_TEMP: temp },
    maxBuffer: 16 * 1_024 * 1_024,
  }).then(
    (ended) => ({ code: 0, ...ended }),
    (error: unknown) => error as { code: number; stdout: string },
  )
  const lines = stdout.trimEnd().split('\n')
  return { code, lines, ...(JSON.parse(lines.at(-1) ?? '') as Ended) }
}

const errors = ({ lines }: { readonly lines: readonly string[] }): string[] =>
  lines.filter((line) => line.startsWith('::error '))

beforeAll(async () => {
  await promisify(execFile)('npm', ['pack', '--pack-destination', folder], { cwd: `${ROOT}loadtest`, env: environment })
  version = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '')
  mkdirSync(join(folder, 'deploy'))
  writeFileSync(
    join(folder, 'deploy/shop.yaml'),
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\n',
  )
  writeFileSync(
    join(folder, 'server.mjs'),
    `import { createServer } from 'node:http'
createServer((_, response) => setTimeout(() => response.end('hello'), 20)).listen(Number(process.env.PORT))
`,
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a service that drops requests fails the job, with annotations, a summary, outputs and the reports', async () => {
  const flags = ['--command node server.mjs', '--replicas 2', '--rate=60', '--background 0', '', '--retrying 0']
  const ended = await runAction({ cluster: 'none', flags: flags.join('\n') })
  expect(ended.code).toBe(1)
  expect(ended.outputs).toMatchObject({ verdict: 'drops', sentence: expect.stringMatching(/^Drops: /u) })
  const { drops, requests, reports } = ended.outputs
  expect(Number(drops)).toBeGreaterThan(0)
  expect(Number(requests)).toBeGreaterThan(Number(drops))
  expect(errors(ended)[0]).toMatch(/^::error title=zero-drop%3A drops::Drops: /u)
  expect(errors(ended)[1]).toMatch(/^::error title=zero-drop%3A \d+ dropped::new connection /u)
  expect(ended.summary).toMatch(/^## zero-drop: drops\n/u)
  expect(ended.summary).toContain('### Causes\n')
  expect(ended.summary).toContain(`| ${requests} | ${drops} |`)
  expect(ended.artifacts).toEqual([{ name: 'zero-drop-report', path: reports }])
  for (const name of ['report.json', 'report.html', 'junit.xml'])
    expect(existsSync(join(reports ?? '', name))).toBe(true)
  expect(ended.ran).toEqual([
    'Check the inputs',
    'Install zero-drop',
    'Prove the rollout',
    'Write the summary',
    'Upload the reports',
    'Give the verdict',
  ])
})

test('a command line that cannot be used is an annotation in the file of the workload, and the exit code', async () => {
  const ended = await runAction({
    cluster: 'none',
    manifests: 'deploy',
    workload: 'deployment/shop',
    artifact: '',
    flags: '--rat 60',
  })
  expect(ended.code).toBe(2)
  expect(errors(ended)).toEqual([
    expect.stringMatching(/^::error file=deploy\/shop.yaml,line=7,title=zero-drop%3A no verdict::zero-drop: .*--rat/u),
  ])
  expect(ended.outputs).toMatchObject({ verdict: 'error', drops: '' })
  expect(ended.summary).toMatch(/^## zero-drop: no verdict\n/u)
  expect(ended.artifacts).toEqual([])
  expect(ended.ran).not.toContain('Apply the manifests')
})

test.each([
  ['a runner without kind', { cluster: 'kind' }, 'the input cluster is kind, but kind is not installed on this runner'],
  ['an unknown cluster', { cluster: 'minikube' }, 'the input cluster is minikube: give kind, existing or none'],
  [
    'a folder that does not exist',
    { cluster: 'none', manifests: 'helm' },
    'the input manifests is helm, which does not exist',
  ],
])('%s is an error before anything is installed', async (_, inputs, message) => {
  const ended = await runAction(inputs)
  expect(ended.code).toBe(2)
  expect(errors(ended)[0]).toContain(`::error title=zero-drop::${message}`)
  expect(ended.ran).toEqual(['Check the inputs'])
})
