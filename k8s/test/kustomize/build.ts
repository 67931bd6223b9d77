import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Manifest } from '../manifest.ts'
import { patched } from './merge.ts'

interface Kustomization {
  apiVersion: string
  kind: 'Kustomization' | 'Component'
  resources?: string[]
  components?: string[]
  patches?: { path: string }[]
  configMapGenerator?: {
    name: string
    namespace: string
    files: string[]
    options: { disableNameSuffixHash: true; labels?: Record<string, string> }
  }[]
}

/** What this understands; with anything else it would not build what kustomize builds. */
const FIELDS = new Set(['apiVersion', 'kind', 'resources', 'components', 'patches', 'configMapGenerator'])

/**
 * What `kubectl kustomize` builds of a folder, for machines that have no kubectl: `resources`, `components`, strategic
 * merge `patches` from files and `configMapGenerator` of files, and nothing else.
 *
 * @throws where a kustomization says more than that, or a patch is for an object that is not there.
 * @example build('k8s/overlays/local')
 */
export const build = (folder: string): Manifest[] => accumulate([], folder)

const accumulate = (above: Manifest[], folder: string): Manifest[] => {
  const file = join(folder, 'kustomization.yaml')
  const kustomization = parse(file)[0] as unknown as Kustomization
  for (const field of Object.keys(kustomization)) {
    if (!FIELDS.has(field)) throw new Error(`${file}: ${field} is not understood here`)
  }
  const { resources = [], components = [], patches = [], configMapGenerator = [] } = kustomization
  const own = resources.flatMap((resource) => {
    const path = join(folder, resource)
    return statSync(path).isDirectory() ? build(path) : parse(path)
  })
  const generated = configMapGenerator.map((entry) => generate(folder, entry))
  // A component sees, and changes, everything of what lists it.
  const withComponents = components.reduce(
    (manifests, component) => accumulate(manifests, join(folder, component)),
    [...above, ...own],
  )
  return patches.reduce(
    (manifests, patch) => {
      const { path, ...more } = patch
      if (Object.keys(more).length > 0)
        throw new Error(`${file}: a patch with ${Object.keys(more).join()} is not understood here`)
      return parse(join(folder, path)).reduce((all, body) => applyPatch(all, body, join(folder, path)), manifests)
    },
    [...withComponents, ...generated],
  )
}

const generate = (folder: string, { name, namespace, files, options }: KustomizationGenerator): Manifest => {
  if (!options.disableNameSuffixHash) throw new Error(`${folder}: a name with a hash is not understood here`)
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, ...(options.labels === undefined ? {} : { labels: options.labels }) },
    data: Object.fromEntries(files.map((file) => [basename(file), readFileSync(join(folder, file), 'utf8')])),
  }
}
type KustomizationGenerator = NonNullable<Kustomization['configMapGenerator']>[number]

const applyPatch = (manifests: Manifest[], patch: Manifest, file: string): Manifest[] => {
  const isTarget = (manifest: Manifest): boolean => identity(manifest) === identity(patch)
  if (!manifests.some(isTarget)) throw new Error(`${file}: there is no ${identity(patch)} to patch`)
  return manifests.flatMap((manifest) => (isTarget(manifest) ? (patched(manifest, patch) ?? []) : manifest))
}

/** The documents of a YAML file; a repeated key is an error. */
export const parse = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${dirname(file)}: ${document.errors.join(', ')}`)
    return document.toJS() as Manifest
  })

/** What tells two objects of a build apart. */
export const identity = ({ apiVersion, kind, metadata }: Manifest): string =>
  `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`
