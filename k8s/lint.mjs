#!/usr/bin/env node
// kube-score, and kube-linter where it is installed, over everything that kustomize builds. What they find must be exactly what
// README.md refutes, in its table "What the linters say": a finding without a line there fails, and so does a line without a
// finding.
//
//     node k8s/lint.mjs
//
// Needs kubectl. kube-score is built from its Go module at the version below, unless KUBE_SCORE names one; kube-linter is taken from
// KUBE_LINTER or the PATH. Exit status: 0 all is as written, 1 it is not, 2 a linter that was named does not work, 3 none could run.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const KUBE_SCORE = 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0'
const K8S = fileURLToPath(new URL('.', import.meta.url))
const FOLDERS = ['base', ...readdirSync(join(K8S, 'overlays')).map((name) => `overlays/${name}`)]
const work = mkdtempSync(join(tmpdir(), 'lint-'))
process.once('exit', () => rmSync(work, { recursive: true, force: true }))

const works = (program, ...flags) => spawnSync(program, flags, { stdio: 'ignore' }).error === undefined

/** The rows of the table: which linter says what of which folders. */
function refuted() {
  const rows = readFileSync(join(K8S, 'README.md'), 'utf8').matchAll(
    /^\| (?<linter>kube-\w+) `(?<check>[\w-]+)`: (?<summary>[^|]+?) \| (?<where>[^|]+?) \|/gmu,
  )
  return [...rows].flatMap(({ groups: { linter, check, summary, where } }) =>
    (where === 'all' ? FOLDERS : [...where.matchAll(/`([^`]+)`/gu)].map(([, folder]) => folder)).map(
      (folder) => `${linter} ${folder} ${check}: ${summary}`,
    ),
  )
}

const linters = {
  'kube-score': {
    find() {
      if (process.env['KUBE_SCORE']) return process.env['KUBE_SCORE']
      if (!works('go', 'version')) return undefined
      execFileSync('go', ['install', KUBE_SCORE], { env: { ...process.env, GOBIN: work }, stdio: ['ignore', 2, 2] })
      return join(work, 'kube-score')
    },
    missing: 'Go is not there to build it',
    run(program, manifests) {
      const { stdout } = spawnSync(program, ['score', '--output-format', 'json', '-'], {
        input: manifests,
        encoding: 'utf8',
      })
      return JSON.parse(stdout).flatMap(({ checks }) =>
        checks
          .filter(({ skipped, grade }) => !skipped && grade < 10)
          .flatMap(({ check, comments }) => comments.map(({ summary }) => `${check.id}: ${summary}`)),
      )
    },
  },
  'kube-linter': {
    find: () => process.env['KUBE_LINTER'] ?? (works('kube-linter', 'version') ? 'kube-linter' : undefined),
    missing: 'it is not on the PATH',
    run(program, manifests) {
      const flags = ['lint', '--add-all-built-in', '--format', 'json', '-']
      const { stdout } = spawnSync(program, flags, { input: manifests, encoding: 'utf8' })
      return (JSON.parse(stdout).Reports ?? []).map(
        ({ Check, Object: { K8sObject } }) => `${Check}: ${K8sObject.GroupVersionKind.Kind}`,
      )
    },
  },
}

const expected = refuted()
let ran = 0
let wrong = 0
for (const [name, linter] of Object.entries(linters)) {
  const program = linter.find()
  if (program === undefined) {
    console.log(`skipped ${name}: ${linter.missing}`)
    continue
  }
  if (!works(program, 'version')) {
    console.error(`lint: ${name} does not start: ${program}`)
    process.exit(2)
  }
  ran += 1
  for (const folder of FOLDERS) {
    const manifests = execFileSync('kubectl', ['kustomize', join(K8S, folder)], { encoding: 'utf8' })
    const found = new Set(linter.run(program, manifests).map((finding) => `${name} ${folder} ${finding}`))
    const due = new Set(expected.filter((line) => line.startsWith(`${name} ${folder} `)))
    const surprises = [...found].filter((line) => !due.has(line)).map((line) => `not in README.md: ${line}`)
    const stale = [...due].filter((line) => !found.has(line)).map((line) => `in README.md, but not found: ${line}`)
    wrong += surprises.length + stale.length
    const passed = surprises.length + stale.length === 0
    console.log(
      `${passed ? 'passed ' : 'failed '} ${name} ${folder}: ${found.size} findings${passed ? ', each refuted in README.md' : ''}`,
    )
    for (const line of [...surprises, ...stale]) console.log(`        ${line}`)
  }
}
if (ran === 0) {
  console.error('lint: no linter could run; install Go for kube-score, or kube-linter')
  process.exit(3)
}
process.exit(wrong === 0 ? 0 : 1)
