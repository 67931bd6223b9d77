#!/usr/bin/env node
// Runs the steps of action.yml as a GitHub runner does: each in bash, with files for outputs, variables, PATH and summary. A step that
// uses another action is printed and not run.
//
//     .ci/action.mjs cluster=existing manifests=k8s/base image=registry/name:v2
//
// RUNNER_TEMP names a folder for the files of the runner (default: a new one), which stays afterwards. The exit code is that of the
// first step that fails. The last line is JSON: outputs, summary, artifacts and the steps that ran.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'))
const temp = process.env.RUNNER_TEMP ?? mkdtempSync(join(tmpdir(), 'action-'))

const given = process.argv.slice(2).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
const unknown = given.find(([name]) => !(name in action.inputs))
if (unknown !== undefined) {
  process.stderr.write(`action: unknown input ${unknown[0]}: give one of ${Object.keys(action.inputs).join(', ')}\n`)
  process.exit(2)
}
const defaults = Object.entries(action.inputs).map(([name, input]) => [name, String(input.default ?? '')])
const inputs = Object.fromEntries([...defaults, ...given])

const steps = {}
const summary = []
const artifacts = []
const ran = []
const environment = { ...process.env }
let status = 0

for (const step of action.runs.steps) {
  const condition = step.if ?? 'success()'
  if (!isTrue(condition) || (status !== 0 && !condition.includes('always()'))) continue
  ran.push(step.name)
  if (step.uses !== undefined) {
    artifacts.push(evaluated(step.with))
    continue
  }
  // oxlint-disable-next-line no-await-in-loop -- one step after the other
  const ended = await runStep(step)
  if (step.id !== undefined) steps[step.id] = { outputs: ended.outputs }
  status ||= ended.status
}
const outputs = Object.fromEntries(Object.entries(action.outputs).map(([name, { value }]) => [name, fill(value)]))
process.stdout.write(`${JSON.stringify({ outputs, summary: summary.join(''), artifacts, ran })}\n`)
process.exitCode = status

async function runStep({ run, env = {} }) {
  const files = Object.fromEntries(
    ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'].map((name) => [name, join(temp, name)]),
  )
  for (const file of Object.values(files)) writeFileSync(file, '')
  const script = join(temp, 'step.sh')
  writeFileSync(script, run)
  // The shell `bash` of a runner.
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...environment, ...evaluated(env), ...files, RUNNER_TEMP: temp, GITHUB_ACTION_PATH: ROOT },
  })
  const [code] = await once(child, 'close')
  const read = (name) => readFileSync(files[name], 'utf8')
  const pairs = (name) =>
    [...read(name).matchAll(/^(?<key>[\w-]+)=(?<value>.*)$/gmu)].map(({ groups }) => [groups.key, groups.value])
  Object.assign(environment, Object.fromEntries(pairs('GITHUB_ENV')))
  const paths = read('GITHUB_PATH').split('\n').filter(Boolean)
  environment.PATH = [...paths.toReversed(), environment.PATH].join(delimiter)
  summary.push(read('GITHUB_STEP_SUMMARY'))
  return { status: code ?? 1, outputs: Object.fromEntries(pairs('GITHUB_OUTPUT')) }
}

function evaluated(values = {}) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(String(value))]))
}

function fill(text) {
  return text.replaceAll(/\$\{\{ *(?<expression>[^}]+?) *\}\}/gu, (_, expression) => valueOf(expression))
}

/** Evaluates the conditions that action.yml has: comparisons, joined by `&&`. */
function isTrue(condition) {
  return condition.split('&&').every((term) => {
    const [left, operator, right] = term.trim().split(/ (?<operator>[!=]=) /u)
    if (operator === undefined) return ['always()', 'success()'].includes(left) || valueOf(left) !== ''
    return (valueOf(left) === valueOf(right)) === (operator === '==')
  })
}

function valueOf(expression) {
  const literal = /^'(?<text>[^']*)'$/u.exec(expression)?.groups?.text
  if (literal !== undefined) return literal
  const [context, name, kind, output] = expression.split('.')
  if (context === 'inputs' && name in inputs) return inputs[name]
  if (context === 'steps' && kind === 'outputs') return steps[name]?.outputs[output] ?? ''
  throw new Error(`action.yml has an expression that this script does not know: ${expression}`)
}
