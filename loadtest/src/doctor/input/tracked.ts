import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { statsOf } from '../../base/stats.js'
import { KUSTOMIZATION_NAMES } from '../../inputs/manifests/kustomize.js'
import { readText } from '../../inputs/yaml/read-text.js'
import type { KubeObject } from '../model/kube-object.js'
import { parseObjects } from '../model/parse.js'
import { fields, list, text, texts, type Fields } from '../model/values.js'
import { fieldsLayer, mergeLayer, operationsLayer, type Layer, type Patch } from './layers.js'
import { inlinePatches, patchesIn, type ParsedPatch } from './patches.js'

/** An object on its way through a kustomization. */
export interface Tracked {
  readonly kind: string
  /** The name so far. */
  name: string
  /** The names that it has had. A patch can use each of them. */
  readonly names: Set<string>
  /** Undefined: a generator makes the object. */
  readonly object: KubeObject | undefined
  /** What changes the object, in the order of kustomize. */
  readonly layers: Layer[]
}

type Shown = (path: string) => string

/** Returns the objects of a kustomization, with all that changes them. A resource that is not in a local file is left out. */
export function trackedIn(folder: string, shown: Shown): Tracked[] {
  const tracked: Tracked[] = []
  accumulate(folder, shown, tracked, new Set())
  return tracked
}

/** Adds the objects of a folder. A component changes those that are there, too. */
function accumulate(folder: string, shown: Shown, tracked: Tracked[], entered: ReadonlySet<string>): void {
  const file = KUSTOMIZATION_NAMES.map((name) => join(folder, name)).find((path) => existsSync(path))
  if (file === undefined || entered.has(file)) return
  const inside = new Set([...entered, file])
  const [kustomization] = patchesIn(readText(file), shown(file))
  if (kustomization === undefined) return
  const body = fields(kustomization.body)
  const own: Tracked[] = body['kind'] === 'Component' ? tracked : []
  for (const each of [...texts(body['resources']), ...texts(body['bases'])]) {
    const path = join(folder, each)
    const found = statsOf(path)
    if (found?.isDirectory() === true) accumulate(path, shown, own, inside)
    else if (found !== undefined) own.push(...objectsIn(path, shown))
  }
  for (const each of texts(body['components'])) accumulate(join(folder, each), shown, own, inside)
  own.push(...generated(kustomization, body))
  for (const { patch, target } of patchesOf(kustomization, body, folder, shown)) {
    const layer = Array.isArray(patch.body) ? operationsLayer(patch) : mergeLayer(patch)
    for (const each of own) if (isTarget(each, patch, target)) each.layers.push(layer)
  }
  for (const each of own) {
    each.layers.push(fieldsLayer(kustomization, new Set(each.names)))
    each.name = `${text(body['namePrefix']) ?? ''}${each.name}${text(body['nameSuffix']) ?? ''}`
    each.names.add(each.name)
  }
  if (own !== tracked) tracked.push(...own)
}

function objectsIn(path: string, shown: Shown): Tracked[] {
  const parsed = parseObjects(readText(path), shown(path))
  if ('error' in parsed) return []
  return parsed.objects.map((object) => {
    const { kind, name } = object
    return { kind, name, names: new Set([name]), object, layers: [] }
  })
}

/** The objects of generators: each has the place of its entry. */
const generated = ({ placeOf }: Patch, body: Fields): Tracked[] =>
  (['configMapGenerator', 'secretGenerator'] as const).flatMap((key) =>
    list(body[key]).flatMap((each, index): Tracked[] => {
      const name = text(fields(each)['name'])
      if (name === undefined) return []
      const layer: Layer = { setting: () => placeOf([key, index]), removal: () => undefined }
      const kind = key === 'secretGenerator' ? 'Secret' : 'ConfigMap'
      return [{ kind, name, names: new Set([name]), object: undefined, layers: [layer] }]
    }),
  )

interface Targeted {
  readonly patch: Patch
  readonly target: unknown
}

/** The patches of a kustomization: in files, and in itself. */
function patchesOf(kustomization: ParsedPatch, body: Fields, folder: string, shown: Shown): readonly Targeted[] {
  const inFile = (path: string): readonly Patch[] => {
    const file = join(folder, path)
    return existsSync(file) ? patchesIn(readText(file), shown(file)) : []
  }
  const entries = (key: string): Targeted[] =>
    list(body[key]).flatMap((each, index) => {
      const { path, patch, target } = fields(each)
      const found =
        typeof patch === 'string'
          ? inlinePatches(kustomization, [key, index, 'patch'], patch)
          : inFile(text(path) ?? '')
      return found.map((one) => ({ patch: one, target }))
    })
  const merges = list(body['patchesStrategicMerge']).flatMap((each, index) => {
    const given = text(each) ?? ''
    return given.includes('\n') ? inlinePatches(kustomization, ['patchesStrategicMerge', index], given) : inFile(given)
  })
  return [
    ...merges.map((patch) => ({ patch, target: undefined })),
    ...entries('patches'),
    ...entries('patchesJson6902'),
  ]
}

/** A target has patterns. A merge without a target names its object. The value of a field decides about the rest of a target. */
function isTarget({ kind, names }: Tracked, { body }: Patch, target: unknown): boolean {
  const { kind: ofKind, metadata } = fields(body)
  if (target === undefined) return ofKind === kind && names.has(text(fields(metadata)['name']) ?? '')
  const { kind: wantedKind, name } = fields(target)
  return fits(wantedKind, kind) && (name === undefined || [...names].some((each) => fits(name, each)))
}

function fits(pattern: unknown, value: string): boolean {
  if (typeof pattern !== 'string' || pattern === '') return true
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(value)
  } catch {
    return pattern === value
  }
}
