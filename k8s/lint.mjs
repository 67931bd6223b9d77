#!/usr/bin/env node
// Runs kube-score, kube-linter and Polaris on the rendered files. Their findings must be exactly those of linters.yaml:
// a finding that is not listed there fails, and so does an entry that the linter does not find.
//
//     node k8s/lint.mjs
//
// KUBE_SCORE, KUBE_LINTER and POLARIS name the programs. Without KUBE_SCORE, kube-score is built from its Go module at
// the version below. The others are taken from the PATH by default. A linter that is not available is skipped.
//
// Exit code: 0 the findings are those of linters.yaml; 1 they are not; 2 linters.yaml is not valid, or a linter does
// not start; 3 no linter is available.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { foldersIn, renderedFile } from './folders.mjs'

const KUBE_SCORE = 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0'
const K8S = fileURLToPath(new URL('.', import.meta.url))
const FOLDERS = foldersIn(K8S)
const work = mkdtempSync(join(tmpdir(), 'lint-'))
process.once('exit', () => rmSync(work, { recursive: true, force: true }))

const die = (status, message) => {
  console.error(`lint: ${message}`)
  process.exit(status)
}

const starts = (program, ...flags) => spawnSync(program, flags, { stdio: 'ignore' }).error === undefined

const linters = {
  'kube-score': {
    find() {
      if (process.env['KUBE_SCORE']) return process.env['KUBE_SCORE']
      if (!starts('go', 'version')) return undefined
      execFileSync('go', ['install', KUBE_SCORE], { env: { ...process.env, GOBIN: work }, stdio: ['ignore', 2, 2] })
      return join(work, 'kube-score')
    },
    missing: 'KUBE_SCORE is not set, and there is no Go to build it',
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
    find: () => process.env['KUBE_LINTER'] ?? (starts('kube-linter', 'version') ? 'kube-linter' : undefined),
    missing: 'KUBE_LINTER is not set, and kube-linter is not on the PATH',
    run(program, manifests) {
      // schema-validation downloads schemas from GitHub in each run. test/schema.test.ts validates against the same ones.
      const flags = ['lint', '--add-all-built-in', '--exclude', 'schema-validation', '--format', 'json', '-']
      const { stdout } = spawnSync(program, flags, { input: manifests, encoding: 'utf8' })
      return (JSON.parse(stdout).Reports ?? []).map(
        ({ Check, Object: { K8sObject } }) => `${Check}: ${K8sObject.GroupVersionKind.Kind}`,
      )
    },
  },
  polaris: {
    find: () => process.env['POLARIS'] ?? (starts('polaris', 'version') ? 'polaris' : undefined),
    missing: 'POLARIS is not set, and polaris is not on the PATH',
    run(program, manifests) {
      const file = join(work, 'manifests.yaml')
      writeFileSync(file, manifests)
      const { stdout } = spawnSync(program, ['audit', '--audit-path', file, '--format', 'json'], { encoding: 'utf8' })
      // Polaris has the findings of an object, of its pod and of each container apart.
      return JSON.parse(stdout).Results.flatMap(({ Kind, Results, PodResult }) =>
        [Results, PodResult?.Results, ...(PodResult?.ContainerResults ?? []).map((container) => container.Results)]
          .flatMap((results) => Object.values(results ?? {}))
          .filter(({ Success, Severity }) => !Success && Severity !== 'ignore')
          .map(({ ID }) => `${ID}: ${Kind}`),
      )
    },
  },
}

/** Reads linters.yaml as one line for each linter, folder and finding. */
function listedFindings() {
  const lists = parse(readFileSync(join(K8S, 'linters.yaml'), 'utf8'))
  return Object.entries(lists).flatMap(([linter, entries]) => {
    if (!(linter in linters))
      die(2, `linters.yaml: unknown linter ${linter}; known: ${Object.keys(linters).join(', ')}`)
    return entries.flatMap(({ check, finding, folders, reason }) => {
      const name = `linters.yaml: ${linter} ${check}`
      if (!check || !finding || !folders) die(2, `${name} needs a check, a finding and folders`)
      if (!reason) die(2, `${name} has no reason; say why the manifest stays as it is`)
      const unknown = folders === 'all' ? [] : folders.filter((folder) => !FOLDERS.includes(folder))
      if (unknown.length > 0) die(2, `${name}: unknown folder ${unknown[0]}; known: ${FOLDERS.join(', ')}`)
      return (folders === 'all' ? FOLDERS : folders).map((folder) => `${linter} ${folder} ${check}: ${finding}`)
    })
  })
}

const listed = listedFindings()
let ran = 0
let faults = 0
for (const [name, linter] of Object.entries(linters)) {
  const program = linter.find()
  if (program === undefined) {
    console.log(`skipped ${name}: ${linter.missing}`)
    continue
  }
  if (!starts(program, 'version')) die(2, `${name} does not start: ${program}`)
  ran += 1
  for (const folder of FOLDERS) {
    const manifests = readFileSync(join(K8S, renderedFile(folder)), 'utf8')
    const found = new Set(linter.run(program, manifests).map((finding) => `${name} ${folder} ${finding}`))
    const expected = new Set(listed.filter((line) => line.startsWith(`${name} ${folder} `)))
    const wrong = [
      ...[...found].filter((line) => !expected.has(line)).map((line) => `not in linters.yaml: ${line}`),
      ...[...expected].filter((line) => !found.has(line)).map((line) => `in linters.yaml, but not found: ${line}`),
    ]
    faults += wrong.length
    console.log(`${wrong.length === 0 ? 'passed ' : 'failed '} ${name} ${folder}: ${found.size} findings`)
    for (const line of wrong) console.log(`        ${line}`)
  }
}
if (ran === 0) die(3, 'no linter is available; install Go, which builds kube-score, or install kube-linter or Polaris')
process.exit(faults === 0 ? 0 : 1)
