import { readdirSync, statSync, type Dirent } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { UsageError } from '../base/errors.js'
import { STANDARD_INPUT } from '../inputs/manifests/documents.js'
import { KUSTOMIZATION_NAMES, renderKustomization } from '../inputs/manifests/kustomize.js'
import { readStandardInput, readText } from '../inputs/yaml/read-text.js'
import type { KubeObject, Locate, SourceDocument } from './model/kube-object.js'
import { Dockerfile } from './model/dockerfile.js'
import { parseObjects } from './model/parse.js'
import { chartPlaces } from './chart-places.js'
import { kustomizationPlaces } from './kustomization-places.js'

/** One file, or one rendered kustomization. */
export interface Input {
  readonly name: string
  readonly objects: readonly KubeObject[]
  readonly documents: readonly SourceDocument[]
  readonly rendered: boolean
}

export interface Inputs {
  readonly inputs: readonly Input[]
  /** Files of a folder that are no manifests, with the reason. */
  readonly skipped: readonly string[]
}

/** As Docker and Podman name them: `Dockerfile`, `Dockerfile.prod`, `shop.Dockerfile`. */
const DOCKERFILE = /^(?:Dockerfile|Containerfile)(?:\.(?!dockerignore$|md$)[\w-]+)?$|\.(?:docker|container)file$/iu
const MANIFEST = /\.(?:ya?ml|json)$/u
/** Folders without manifests of their own. */
const NOT_ENTERED = new Set(['node_modules', '.git', 'charts', 'dist'])

/**
 * Reads files, folders and stdin (`-`). A folder with a kustomization is rendered; any other folder is read with its folders.
 *
 * @param root paths below this folder are shown relative to it, as code scanning needs them. Charts are searched in it.
 * @throws {UsageError} a path does not exist, a named file is not YAML or holds no Kubernetes object, or a kustomization cannot be rendered.
 */
export function readInputs(paths: readonly string[], root: string): Inputs {
  const inputs: Input[] = []
  const skipped: string[] = []
  const shown = (path: string): string => {
    const below = relative(root, path)
    return below === '' ? '.' : below.startsWith('..') ? path : below
  }
  const reading = { inputs, skipped, shown, inChart: chartPlaces(root, shown) }
  for (const path of paths) {
    if (path === STANDARD_INPUT) inputs.push(standardInput(reading))
    else if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) readFolder(path, reading)
    else if (statSync(path, { throwIfNoEntry: false }) === undefined) {
      throw new UsageError(`${path} does not exist: give files or folders with manifests, or - for stdin`)
    } else if (DOCKERFILE.test(basename(path))) {
      const file = dockerfile(path, shown(path))
      if (file === undefined) throw new UsageError(`${path} has no FROM: give a Dockerfile with a stage`)
      inputs.push(file)
    } else inputs.push(named(shown(path), readText(path), reading.inChart))
  }
  if (inputs.every(({ objects }) => objects.length === 0)) {
    const reason = skipped.length === 0 ? '' : ` (${skipped.slice(0, 3).join('; ')})`
    throw new UsageError(
      `${paths.join(', ')} holds no Kubernetes object${reason}: give files or folders with manifests, or - for stdin`,
    )
  }
  return { inputs, skipped }
}

/** The name of the standard input in findings. */
export const STDIN = 'stdin'

/** What the functions that read one input share. */
interface Reading {
  readonly inputs: Input[]
  readonly skipped: string[]
  readonly shown: (path: string) => string
  readonly inChart: Locate
}

/** The template of a chart that is not here is still a better place than a line of stdin. */
const standardInput = ({ inChart }: Reading): Input =>
  named(STDIN, readStandardInput(), (object, path) => {
    const { template } = object.source
    return inChart(object, path) ?? (template === undefined ? undefined : { file: template, line: 0, column: 0 })
  })

/** @throws {UsageError} the text is not YAML or holds no Kubernetes object. */
function named(name: string, text: string, locate: Locate): Input {
  const parsed = parseObjects(text, name, locate)
  if ('error' in parsed) {
    const template = text.includes('{{')
      ? "; it looks like a Helm template: pipe 'helm template CHART' into zero-drop doctor -"
      : ''
    throw new UsageError(`${name}:${parsed.line} is not YAML: ${parsed.error}${template}`)
  }
  if (parsed.objects.length === 0)
    throw new UsageError(`${name} holds no Kubernetes object: give a manifest with apiVersion and kind`)
  return { name, ...parsed, rendered: false }
}

function readFolder(folder: string, reading: Reading): void {
  const { inputs, shown } = reading
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => a.name.localeCompare(b.name))
  const kustomization = entries.find(({ name }) => KUSTOMIZATION_NAMES.includes(name))
  if (kustomization !== undefined) {
    const file = join(folder, kustomization.name)
    // A component is a part of an overlay and cannot be rendered alone.
    if (/^kind:\s*Component\s*$/mu.test(readText(file))) return
    const locate = kustomizationPlaces(folder, shown)
    const parsed = parseObjects(renderKustomization(folder), shown(folder), locate)
    if (!('error' in parsed)) inputs.push({ name: shown(folder), ...parsed, rendered: true })
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !NOT_ENTERED.has(entry.name)) readFolder(path, reading)
    else if (entry.isFile() && DOCKERFILE.test(entry.name)) inputs.push(...[dockerfile(path, shown(path)) ?? []].flat())
    else if (MANIFEST.test(entry.name) && isFile(entry, path)) readFile(path, reading)
  }
}

/** Undefined for a file without a stage, such as one that another Dockerfile includes. */
function dockerfile(path: string, name: string): Input | undefined {
  const object = new Dockerfile(readText(path), name, path)
  return object.isComplete ? { name, objects: [object], documents: [], rendered: false } : undefined
}

/** A mounted ConfigMap has its files as links. Links to folders are left out: they can lead back. */
const isFile = (entry: Dirent, path: string): boolean =>
  entry.isFile() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() === true)

function readFile(path: string, { inputs, skipped, shown, inChart }: Reading): void {
  const text = readText(path)
  const name = shown(path)
  const parsed = parseObjects(text, name, inChart)
  if ('error' in parsed)
    skipped.push(`${name}:${parsed.line} is not YAML${text.includes('{{') ? ', but a template' : ''}`)
  else if (parsed.objects.length > 0) inputs.push({ name, ...parsed, rendered: false })
}
