import { relative } from 'node:path'
import { messageOf, reasonOf, UsageError } from '../../base/errors.js'
import { statsOf } from '../../base/stats.js'
import { STANDARD_INPUT } from '../../inputs/manifests/documents.js'
import { readStandardInput, readText } from '../../inputs/yaml/read-text.js'
import { Dockerfile } from '../model/dockerfile.js'
import type { Locate } from '../model/kube-object.js'
import { parseObjects, type Parsed } from '../model/parse.js'
import { chartPlaces } from './chart-places.js'
import { Unreadable, type Input, type Inputs, type NotRead } from './input.js'
import { readKustomization } from './kustomization.js'
import { isDockerfile, walk } from './walk.js'

/** The name of the standard input in findings. */
export const STDIN = 'stdin'

/**
 * Reads files, folders and stdin (`-`). A folder with a kustomization is rendered; any other folder is read with its folders. What
 * cannot be read is in `notRead`, and the rest is read.
 *
 * @param root paths below this folder are shown relative to it, as code scanning needs them. Charts are searched in it.
 * @throws {UsageError} everything can be read, and nothing is a Kubernetes object.
 */
export function readInputs(paths: readonly string[], root: string): Inputs {
  const inputs: Input[] = []
  const notRead: NotRead[] = []
  const skipped: string[] = []
  const shown = (path: string): string => {
    const below = relative(root, path)
    return below === '' ? '.' : below.startsWith('..') ? path : below
  }
  const inChart = chartPlaces(root, shown)
  const attempt = (path: string, read: (name: string) => Input | undefined): void => {
    const name = path === STANDARD_INPUT ? STDIN : shown(path)
    try {
      const input = read(name)
      if (input !== undefined) inputs.push(input)
    } catch (error) {
      notRead.push(notReadOf(path, name, error))
    }
  }
  for (const path of paths) {
    if (path === STANDARD_INPUT) attempt(path, (name) => standardInput(name, inChart))
    else if (!isFolder(path)) attempt(path, (name) => namedFile(path, name, inChart))
    else {
      walk(path, {
        kustomization: (file, folder) => attempt(file, () => readKustomization(file, folder, shown)),
        dockerfile: (file) => attempt(file, (name) => readDockerfile(file, name)),
        manifest: (file) => attempt(file, (name) => fileOfFolder(file, name, inChart, skipped)),
        unreadable: (folder, error) => notRead.push(notReadOf(folder, shown(folder), error)),
      })
    }
  }
  if (notRead.length === 0 && inputs.every(({ objects }) => objects.length === 0)) {
    const reason = skipped.length === 0 ? '' : ` (${skipped.slice(0, 3).join('; ')})`
    throw new UsageError(
      `${paths.join(', ')} holds no Kubernetes object${reason}: give files or folders with manifests, or - for stdin`,
    )
  }
  return { inputs, notRead, skipped }
}

/** A path that cannot be followed is read as a file, whose error is reported. */
function isFolder(path: string): boolean {
  try {
    return statsOf(path)?.isDirectory() === true
  } catch {
    return false
  }
}

/** @throws {unknown} the error is a mistake of the doctor. */
function notReadOf(path: string, file: string, error: unknown): NotRead {
  const line = error instanceof Unreadable ? error.line : 0
  if (error instanceof Error && 'syscall' in error) return { file, line, reason: `cannot be read: ${reasonOf(error)}` }
  if (!(error instanceof Unreadable || error instanceof UsageError)) throw error
  // The messages of other readers begin with the path.
  const message = messageOf(error)
  const opening = path === STANDARD_INPUT ? 'the standard input' : path
  return { file, line, reason: message.startsWith(`${opening} `) ? message.slice(opening.length + 1) : message }
}

/** The template of a chart that is not here is still a better place than a line of stdin. */
const standardInput = (name: string, inChart: Locate): Input =>
  named(name, readStandardInput(), (object, path) => {
    const { template } = object.source
    return inChart(object, path) ?? (template === undefined ? undefined : { file: template, line: 0, column: 0 })
  })

function namedFile(path: string, name: string, inChart: Locate): Input {
  if (statsOf(path) === undefined) {
    throw new Unreadable('does not exist: give files or folders with manifests, or - for stdin')
  }
  if (!isDockerfile(path)) return named(name, readText(path), inChart)
  const file = readDockerfile(path, name)
  if (file === undefined) throw new Unreadable('has no FROM: give a Dockerfile with a stage')
  return file
}

/** @throws {Unreadable} the text is not YAML or holds no Kubernetes object. */
function named(name: string, text: string, locate: Locate): Input {
  const parsed = parseObjects(text, name, locate)
  if ('error' in parsed) throw notYaml(parsed, text)
  if (parsed.objects.length === 0)
    throw new Unreadable('holds no Kubernetes object: give a manifest with apiVersion and kind')
  return { name, ...parsed, rendered: false }
}

const isTemplate = (text: string): boolean => text.includes('{{')

function notYaml({ error, line }: Extract<Parsed, { error: string }>, text: string): Unreadable {
  const advice = isTemplate(text)
    ? "; it looks like a Helm template: pipe 'helm template CHART' into zero-drop doctor -"
    : ''
  return new Unreadable(`is not YAML: ${error}${advice}`, line)
}

/** Undefined for a file without a stage, such as one that another Dockerfile includes. */
function readDockerfile(path: string, name: string): Input | undefined {
  const object = new Dockerfile(readText(path), name, path)
  return object.isComplete ? { name, objects: [object], documents: [], rendered: false } : undefined
}

/** A text that is neither a template nor YAML, but has the first fields of a manifest. */
const isBrokenManifest = (text: string): boolean =>
  !isTemplate(text) && /^["\s{]*apiVersion["\s]*:/mu.test(text) && /^["\s{]*kind["\s]*:/mu.test(text)

/** Returns undefined for a file that is no manifest. */
function fileOfFolder(path: string, name: string, inChart: Locate, skipped: string[]): Input | undefined {
  const text = readText(path)
  const parsed = parseObjects(text, name, inChart)
  if (!('error' in parsed)) return parsed.objects.length > 0 ? { name, ...parsed, rendered: false } : undefined
  if (isBrokenManifest(text)) throw notYaml(parsed, text)
  skipped.push(`${name}:${parsed.line} is not YAML${isTemplate(text) ? ', but a template' : ''}`)
  return undefined
}
