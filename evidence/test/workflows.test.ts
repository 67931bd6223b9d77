import { validateAction, validateWorkflow } from '@action-validator/core'
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ROOT } from '../base/zero-drop.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
}

interface Workflow {
  readonly permissions: object
  readonly concurrency?: object
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>
        readonly 'timeout-minutes'?: number
        readonly steps: readonly Step[]
      }
    >
  >
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
  readonly outputs: Readonly<Record<string, object>>
  readonly runs: { readonly steps: readonly Step[] }
}

const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')
const FOLDER = '.github/workflows/'
const FILES = readdirSync(`${ROOT}${FOLDER}`)
const action = parse(read('action.yml')) as Action
const workflow = (file: string): Workflow => parse(read(`${FOLDER}${file}`)) as Workflow
const stepsOf = (file: string): readonly Step[] => Object.values(workflow(file).jobs).flatMap(({ steps }) => steps)

describe.each(FILES)('the workflow %s', (file) => {
  test('has the form that GitHub reads', () => {
    expect(validateWorkflow(read(`${FOLDER}${file}`)).errors).toEqual([])
  })

  test('pins every action by its commit', () => {
    const actions = stepsOf(file).flatMap(({ uses }) => uses ?? [])
    expect(actions.length).toBeGreaterThan(0)
    expect(actions.filter((name) => name !== './' && !/@[0-9a-f]{40}$/u.test(name))).toEqual([])
  })

  test('has no rights that a job does not ask for, and a limit for each job', () => {
    const { permissions, jobs } = workflow(file)
    expect(permissions).toEqual({})
    for (const job of Object.values(jobs)) {
      expect(job.permissions).toMatchObject({ contents: 'read' })
      expect(job['timeout-minutes']).toBeGreaterThan(0)
    }
  })
})

test('the workflow ci may write nothing, and ends the earlier run of a pull request', () => {
  const { jobs, concurrency } = workflow('ci.yml')
  expect(Object.values(jobs).map(({ permissions }) => permissions)).toEqual(
    Object.values(jobs).map(() => ({ contents: 'read' })),
  )
  expect(concurrency).toBeDefined()
})

describe('the commands of the workflow ci', () => {
  const commands = stepsOf('ci.yml').flatMap(({ run }) => (run?.startsWith('npx pnpm@12 ') === true ? [run] : []))

  test('are those of CONTRIBUTING.md', () => {
    const rows = read('CONTRIBUTING.md').matchAll(/`(?<command>npx pnpm@12 [^`]+)`/gu)
    const listed = new Set([...rows].map(({ groups }) => groups?.['command']))
    const others = commands.filter((command) => command !== 'npx pnpm@12 install --frozen-lockfile')
    expect(others.filter((command) => !listed.has(command))).toEqual([])
  })

  test('contain every check of .ci/run that needs no cluster', () => {
    const [withoutCluster = ''] = read('.ci/run').split('if [[ -x $CLUSTER ]]')
    const checks = [...withoutCluster.matchAll(/^ *check .* (?<command>npx pnpm@12 .+)$/gmu)].map(
      ({ groups }) => groups?.['command'] ?? '',
    )
    expect(checks.length).toBeGreaterThan(3)
    expect(checks.filter((check) => !commands.includes(check))).toEqual([])
  })
})

describe('action.yml', () => {
  test('has the form that GitHub reads', () => {
    expect(validateAction(read('action.yml')).errors).toEqual([])
  })

  test('names scripts that exist and can be run', () => {
    const scripts = action.runs.steps.flatMap(({ run = '' }) => [
      ...run.matchAll(/\$GITHUB_ACTION_PATH\/(?<script>[\w./-]+)/gu),
    ])
    expect(scripts.length).toBeGreaterThan(3)
    for (const { groups } of scripts) {
      const script = groups?.['script'] ?? ''
      accessSync(`${ROOT}${script}`, script.endsWith('.sh') ? constants.X_OK : constants.R_OK)
    }
  })

  test('puts no input into a script, where it would be run as code', () => {
    expect(action.runs.steps.filter(({ run }) => run?.includes('${{') === true)).toEqual([])
  })

  test('has the inputs and outputs that docs/github-action.md describes', () => {
    const page = read('docs/github-action.md')
    const rows = [...page.matchAll(/^\| `(?<name>[\w-]+)`/gmu)].map(({ groups }) => groups?.['name'])
    expect(rows).toEqual([...Object.keys(action.inputs), ...Object.keys(action.outputs)])
  })

  test('pins every action by its commit', () => {
    const uses = action.runs.steps.flatMap((step) => step.uses ?? [])
    expect(uses).toHaveLength(1)
    expect(uses[0]).toMatch(/@[0-9a-f]{40}$/u)
  })
})
