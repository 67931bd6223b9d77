#!/usr/bin/env node
// Renders the base and every overlay with `kubectl kustomize`, or with `kustomize build` where there is no kubectl,
// into the files that are committed: k8s-cloud-communal.yaml for the base, rendered/NAME.yaml for an overlay.
//
//     node k8s/render.mjs             writes the files
//     node k8s/render.mjs --check     writes nothing; fails if a file differs from what would be written
//
// Exit code: 0 the files are written, or none differs; 1 a file differs; 2 the command line is wrong, neither program
// is on the PATH, or a folder cannot be rendered.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { foldersIn, renderedFile } from './folders.mjs'

const K8S = fileURLToPath(new URL('.', import.meta.url))
const RENDERERS = [
  { program: 'kubectl', version: ['version', '--client'], render: 'kustomize' },
  { program: 'kustomize', version: ['version'], render: 'build' },
]

const die = (message) => {
  console.error(`render: ${message}`)
  process.exit(2)
}

const readFlags = () => {
  try {
    return parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
  } catch (error) {
    return die(error.message)
  }
}

const { check } = readFlags()
const renderer =
  RENDERERS.find(({ program, version }) => spawnSync(program, version).status === 0) ??
  die('neither kubectl nor kustomize is on the PATH; install one of them')

/** The first lines of a rendered file. */
const header = (folder) => `# Generated from k8s/${folder} by 'node k8s/render.mjs'. Do not edit.
# The sources have the reason for each number.
`

const rendered = (folder) => {
  const { status, stdout, stderr } = spawnSync(renderer.program, [renderer.render, join(K8S, folder)], {
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  })
  if (status !== 0) die(`'${renderer.program} ${renderer.render} ${folder}' failed: ${stderr.trim()}`)
  return header(folder) + stdout
}

const quoted = (line) => (line === undefined ? 'the end of the file' : JSON.stringify(line))

/** Tells where two texts differ first: the number of the line, and both lines. */
const firstDifference = (committed, fresh) => {
  const [before, after] = [committed.split('\n'), fresh.split('\n')]
  const index = after.findIndex((line, at) => line !== before[at])
  const line = index < 0 ? after.length : index
  return `line ${line + 1} is ${quoted(before[line])}, but should be ${quoted(after[line])}`
}

const folders = foldersIn(K8S)
mkdirSync(join(K8S, 'rendered'), { recursive: true })
const faults = []
for (const folder of folders) {
  const file = renderedFile(folder)
  const fresh = rendered(folder)
  const committed = existsSync(join(K8S, file)) ? readFileSync(join(K8S, file), 'utf8') : undefined
  if (committed === fresh) continue
  if (!check) writeFileSync(join(K8S, file), fresh)
  else if (committed === undefined) faults.push(`${file} is missing`)
  else faults.push(`${file} differs from k8s/${folder}: ${firstDifference(committed, fresh)}`)
}

const files = new Set(folders.map(renderedFile))
const orphans = readdirSync(join(K8S, 'rendered'))
  .map((name) => `rendered/${name}`)
  .filter((file) => !files.has(file))
for (const file of orphans) {
  if (check) faults.push(`${file} belongs to no overlay`)
  else rmSync(join(K8S, file))
}

for (const fault of faults) console.error(`render: ${fault}`)
if (faults.length > 0) {
  console.error(`render: run 'node k8s/render.mjs' and commit what it writes`)
  process.exit(1)
}
console.log(`${folders.length} files ${check ? 'are up to date' : 'rendered'} (${renderer.program} ${renderer.render})`)
