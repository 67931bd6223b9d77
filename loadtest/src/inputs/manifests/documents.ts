import { existsSync, readdirSync } from 'node:fs'
import { statsOf } from '../../base/stats.js'
import { join } from 'node:path'
import type { Document, LineCounter } from 'yaml'
import { messageOf, UsageError } from '../../base/errors.js'
import { parseYaml, valueOf } from '../yaml/parse-yaml.js'
import { readStandardInput, readText } from '../yaml/read-text.js'
import { withoutNulls } from '../yaml/without-nulls.js'
import { isKustomization, renderKustomization } from './kustomize.js'
import { lineIn } from './lines.js'

/** One Kubernetes object. */
export interface ManifestDocument {
  /** The file, or the folder of the kustomization that it was rendered from. */
  readonly file: string
  readonly kind: string
  readonly name: string
  readonly body: Record<string, unknown>
  /** Returns the line of a field, or of the nearest field around it. Undefined if the object was not in a file. */
  readonly lineOf: (field: string) => number | undefined
}

/** Follows the folder of a kustomization, because its lines are those of the rendered text. */
export const RENDERED = ' (as rendered)'

/** The path that stands for the standard input. */
export const STANDARD_INPUT = '-'

/**
 * Reads every object of a YAML file, of the standard input, of a folder with a kustomization, or of the YAML files in a folder.
 *
 * @throws {UsageError} the path does not exist, does not hold Kubernetes objects, or cannot be rendered.
 */
export function readDocuments(path: string): ManifestDocument[] {
  if (path === STANDARD_INPUT) return parse(readStandardInput(), 'standard input')
  const found = statsOf(path)
  if (found === undefined) {
    throw new UsageError(`${path} does not exist; give a YAML file, or a folder with YAML files or a kustomization`)
  }
  if (!found.isDirectory()) return parse(readText(path), path)
  if (isKustomization(path)) return parse(renderKustomization(path), `${path}${RENDERED}`)
  if (existsSync(join(path, 'Chart.yaml'))) {
    throw new UsageError(
      `${path} is a Helm chart: render it first, as in 'helm template ${path} | zero-drop prove --manifests -'`,
    )
  }
  const files = readdirSync(path).filter((name) => /\.(?:ya?ml|json)$/u.test(name))
  if (files.length > 0) {
    return files.toSorted().flatMap((name) => parse(readText(join(path, name)), join(path, name)))
  }
  throw new UsageError(
    `${path} has neither YAML files nor a kustomization.yaml: give a YAML file, or a folder with one of them`,
  )
}

function parse(text: string, file: string): ManifestDocument[] {
  const { documents, lines } = parseYaml(text.replace(/^\uFEFF/u, ''))
  return documents.flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) throw notYaml(text, file, lines.linePos(error.pos[0]).line, error.message)
    const body = withoutNulls(bodyOf(document, file))
    return body === null ? [] : objectsOf(body, file, document, lines)
  })
}

function notYaml(text: string, file: string, line: number, message: string): UsageError {
  const reason = message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/u, '')
  const helm = /\{\{.*\}\}/u.test(text)
  return new UsageError(
    `${file}:${line} is not YAML: ${reason}${helm ? `; it looks like a template of Helm: render the chart, as in 'helm template CHART | zero-drop prove --manifests -'` : '; correct this line'}`,
  )
}

function objectsOf(body: unknown, file: string, document: Document, lines: LineCounter): ManifestDocument[] {
  const at = (path: readonly (string | number)[], field: string): number | undefined =>
    lineIn(document, lines, path, field)
  const where = `${file}:${at([], '') ?? 1}`
  const advice = 'leave it out, or name the file with the Deployment and its Service'
  if (!isRecord(body)) throw new UsageError(`${where} is not a Kubernetes object: ${advice}`)
  // `kubectl get -o yaml` wraps several objects in a List.
  const items = body['items']
  const isList = typeof body['kind'] === 'string' && body['kind'].endsWith('List') && Array.isArray(items)
  const bodies: readonly (readonly [Record<string, unknown>, readonly (string | number)[]])[] = isList
    ? items.flatMap((item: unknown, index) => (isRecord(item) ? [[item, ['items', index]] as const] : []))
    : [[body, []]]
  return bodies.map(([object, path]) => {
    const { kind, metadata } = object
    const name = isRecord(metadata) ? (metadata['name'] ?? metadata['generateName']) : undefined
    const line = at(path, '') ?? 1
    if (typeof kind !== 'string') {
      throw new UsageError(`${file}:${line} has no kind, so it is not a Kubernetes object: ${advice}`)
    }
    if (typeof name !== 'string') {
      throw new UsageError(`${file}:${line}: ${kind}: metadata.name is missing: give the object a name`)
    }
    return { file, kind, name, body: object, lineOf: (field) => at(path, field) }
  })
}

/** Aliases can expand a small file to gigabytes. The parser refuses that with an error. */
function bodyOf(document: Document, file: string): unknown {
  try {
    return valueOf(document)
  } catch (error) {
    throw new UsageError(`${file} cannot be read as YAML: ${messageOf(error)}`, { cause: error })
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
