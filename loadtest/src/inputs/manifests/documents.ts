import { UsageError } from '../../base/errors.js'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'

/** One Kubernetes object as it stands in a file. */
export interface ManifestDocument {
  readonly file: string
  readonly kind: string
  readonly name: string
  readonly body: Record<string, unknown>
}

const KUSTOMIZATION_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** What changes Deployments and Services in ways that only kustomize itself gets right. */
const NEEDS_KUSTOMIZE = [
  'patches',
  'patchesStrategicMerge',
  'patchesJson6902',
  'components',
  'replacements',
  'transformers',
  'generators',
  'helmCharts',
  'namePrefix',
  'nameSuffix',
]

/**
 * Every object of a kustomize base (its `resources`, followed through folders; `namespace`, `images` and `replicas`
 * applied), or of one YAML file with one or more documents.
 *
 * @throws {UsageError} nothing there, not YAML, or a kustomization that only kustomize can render.
 */
export function readDocuments(path: string): ManifestDocument[] {
  const kind = statSync(path, { throwIfNoEntry: false })
  if (kind === undefined) {
    throw new UsageError(`${path} does not exist; give the folder of a kustomize base, or one YAML file`)
  }
  return kind.isDirectory() ? readKustomization(path, []) : readFile(path)
}

function readFile(file: string): ManifestDocument[] {
  return parseYaml(file).flatMap((body) => {
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
  })
}

function readKustomization(folder: string, parents: readonly string[]): ManifestDocument[] {
  const file = KUSTOMIZATION_NAMES.map((name) => join(folder, name)).find((path) =>
    statSync(path, { throwIfNoEntry: false })?.isFile(),
  )
  if (file === undefined) {
    throw new UsageError(`${folder} has no kustomization.yaml; give the folder of a kustomize base, or one YAML file`)
  }
  if (parents.includes(file)) throw new UsageError(`${file} includes itself through its resources`)
  const [body = {}] = parseYaml(file)
  if (!isRecord(body)) throw new UsageError(`${file} is not a kustomization`)
  const beyond = NEEDS_KUSTOMIZE.find((field) => body[field] !== undefined)
  if (beyond !== undefined) {
    throw new UsageError(
      `${file}: ${beyond} is for kustomize to apply: run 'kubectl kustomize ${folder} > rendered.yaml' and give rendered.yaml`,
    )
  }
  const documents = [...list(body, 'resources', file), ...list(body, 'bases', file)].flatMap((resource) => {
    if (typeof resource !== 'string') throw new UsageError(`${file}: resources must be a list of paths`)
    const path = join(dirname(file), resource)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) {
      const remote = resource.includes('://') || resource.startsWith('github.com/')
      const way = remote
        ? `is remote: run 'kubectl kustomize ${folder} > rendered.yaml' and give rendered.yaml`
        : 'does not exist'
      throw new UsageError(`${file}: resources: ${resource} ${way}`)
    }
    return found.isDirectory() ? readKustomization(path, [...parents, file]) : readFile(path)
  })
  return documents.map((document) => applyKustomization(document, body, file))
}

function applyKustomization(
  document: ManifestDocument,
  kustomization: Record<string, unknown>,
  file: string,
): ManifestDocument {
  const body = structuredClone(document.body)
  const { namespace } = kustomization
  if (typeof namespace === 'string' && isRecord(body['metadata'])) body['metadata']['namespace'] = namespace
  for (const entry of list(kustomization, 'replicas', file).filter(isRecord)) {
    if (document.kind === 'Deployment' && entry['name'] === document.name && isRecord(body['spec'])) {
      body['spec']['replicas'] = entry['count']
    }
  }
  for (const entry of list(kustomization, 'images', file).filter(isRecord)) replaceImages(body, entry)
  return { ...document, body }
}

/** As kustomize does: wherever a `containers` list stands. */
function replaceImages(node: unknown, entry: Record<string, unknown>): void {
  if (Array.isArray(node)) {
    for (const child of node) replaceImages(child, entry)
    return
  }
  if (!isRecord(node)) return
  for (const [key, child] of Object.entries(node)) {
    if ((key === 'containers' || key === 'initContainers') && Array.isArray(child)) {
      for (const container of child.filter(isRecord)) {
        const image = container['image']
        if (typeof image === 'string') container['image'] = renamed(image, entry)
      }
    } else replaceImages(child, entry)
  }
}

function renamed(image: string, entry: Record<string, unknown>): string {
  const match = /^(?<name>.+?)(?<suffix>(?::[^:/@]+)?(?:@.+)?)$/.exec(image)
  if (match?.groups === undefined || match.groups['name'] !== entry['name']) return image
  const name = typeof entry['newName'] === 'string' ? entry['newName'] : match.groups['name']
  if (typeof entry['digest'] === 'string') return `${name}@${entry['digest']}`
  if (typeof entry['newTag'] === 'string') return `${name}:${entry['newTag']}`
  return `${name}${match.groups['suffix'] ?? ''}`
}

function parseYaml(file: string): unknown[] {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'))
  // An empty stream is an object without documents.
  if (!Array.isArray(documents)) return []
  return documents
    .map((document): unknown => {
      const [error] = document.errors
      if (error !== undefined) throw new UsageError(`${file} is not YAML: ${error.message.split('\n')[0]}`)
      return document.toJS()
    })
    .filter((body) => body !== null)
}

function list(body: Record<string, unknown>, field: string, file: string): unknown[] {
  const value = body[field] ?? []
  if (!Array.isArray(value)) throw new UsageError(`${file}: ${field} must be a list`)
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
