import { statSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { messageOf, UsageError } from '../../base/errors.js'
import { readText } from '../yaml/read-text.js'
import { withoutNulls } from '../yaml/without-nulls.js'
import { renderKustomization } from './kustomize.js'

/** One Kubernetes object. */
export interface ManifestDocument {
  /** The file, or the folder of the kustomization that it was rendered from. */
  readonly file: string
  readonly kind: string
  readonly name: string
  readonly body: Record<string, unknown>
}

/**
 * Reads every object of a YAML file, or of a folder with a kustomization.
 *
 * @throws {UsageError} the path does not exist, does not hold Kubernetes objects, or cannot be rendered.
 */
export function readDocuments(path: string): ManifestDocument[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) {
    throw new UsageError(`${path} does not exist; give a folder with a kustomization, or one YAML file`)
  }
  const text = found.isDirectory() ? renderKustomization(path) : readText(path)
  return parseYaml(text, path).flatMap((body) => documentsOf(body, path))
}

function documentsOf(body: unknown, file: string): ManifestDocument[] {
  if (!isRecord(body)) throw new UsageError(`${file} holds something that is not a Kubernetes object`)
  // `kubectl get -o yaml` wraps several objects in a List.
  const bodies = body['kind'] === 'List' && Array.isArray(body['items']) ? body['items'].filter(isRecord) : [body]
  return bodies.map((object) => {
    const { kind, metadata } = object
    const name = isRecord(metadata) ? metadata['name'] : undefined
    if (typeof kind !== 'string') throw new UsageError(`${file}: kind is missing`)
    if (typeof name !== 'string') throw new UsageError(`${file}: ${kind}: metadata.name is missing`)
    return { file, kind, name, body: object }
  })
}

function parseYaml(text: string, file: string): unknown[] {
  const documents = parseAllDocuments(text)
  // The parser returns an empty stream as an object without documents.
  if (!Array.isArray(documents)) return []
  return documents
    .map((document): unknown => {
      const [error] = document.errors
      if (error !== undefined) throw new UsageError(`${file} is not YAML: ${error.message.split('\n')[0]}`)
      return withoutNulls(valueOf(document, file))
    })
    .filter((body) => body !== null)
}

/** Aliases can expand a small file to gigabytes. The parser refuses that with an error. */
function valueOf(document: { toJS(): unknown }, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw new UsageError(`${file} cannot be read as YAML: ${messageOf(error)}`, { cause: error })
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
