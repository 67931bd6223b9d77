import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, Place } from '../model/kube-object.js'
import { dig, fields, isFields, labels, list, text, whole, type Path } from '../model/values.js'
import { samePath } from './same-path.js'

/** A part of a kustomization that changes an object. */
export interface Layer {
  /** Returns the place that gives a field its value. */
  setting(path: Path, value: unknown, rendered: KubeObject): Place | undefined
  /** Returns the place that removes a field. */
  removal(path: Path, rendered: KubeObject): Place | undefined
}

/** A document of a patch. Its body keeps null, which removes a field. */
export interface Patch {
  readonly body: unknown
  readonly placeOf: (path: Path) => Place
}

/** A strategic merge. A map has the place of the patch that changes a field of it; any other value must be that of the patch. */
export const mergeLayer = ({ body, placeOf }: Patch): Layer => ({
  setting: (path, value, rendered) => {
    const there = samePath(path, rendered.body, body)
    if (there === undefined || IDENTITY.has(path.join('.'))) return undefined
    const own = dig(body, there)
    return own !== undefined && own !== null && (isTree(value) || own === value) ? placeOf(there) : undefined
  },
  removal: (path, rendered) => {
    const there = samePath(path, rendered.body, body)
    return there !== undefined && dig(body, there) === null ? placeOf(there) : undefined
  },
})

/** A merge has these fields to find its object. A finding about them is one about the object itself. */
const IDENTITY = new Set(['apiVersion', 'kind', 'metadata.name', 'metadata'])

const isTree = (value: unknown): boolean => isFields(value) || Array.isArray(value)

/** A list of operations of JSON patch. The last one counts. */
export const operationsLayer = ({ body, placeOf }: Patch): Layer => {
  const operations = list(body)
    .map((each, index) => ({
      index,
      op: fields(each)['op'],
      keys: keysOf(fields(each)['path']),
      value: fields(each)['value'],
    }))
    .toReversed()
  return {
    setting: (path, value) => {
      for (const { index, op, keys, value: given } of operations) {
        if (op !== 'add' && op !== 'replace') continue
        const rest = path.slice(keys.length)
        if (path.length >= keys.length && leadsTo(keys, path) && isDeepStrictEqual(dig(given, rest), value))
          return placeOf([index, 'value', ...rest])
        // A map has the place of the operation that changes a field of it.
        if (isFields(value) && keys.length > path.length && leadsTo(keys.slice(0, path.length), path))
          return placeOf([index, 'value'])
      }
      return undefined
    },
    removal: (path) => {
      const found = operations.find(
        ({ op, keys }) => op === 'remove' && keys.length === path.length && leadsTo(keys, path),
      )
      return found === undefined ? undefined : placeOf([found.index])
    },
  }
}

/** @example keysOf('/metadata/annotations/a~1b') // ['metadata', 'annotations', 'a/b'] */
const keysOf = (pointer: unknown): readonly string[] =>
  (text(pointer) ?? '')
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))

/** A dash is the end of the list at that time. */
const leadsTo = (keys: readonly string[], path: Path): boolean =>
  keys.every((key, index) => key === String(path[index]) || (key === '-' && typeof path[index] === 'number'))

/** The fields of a kustomization that set fields of its objects. `names` are those of the object before. */
export function fieldsLayer(kustomization: Patch, names: ReadonlySet<string>): Layer {
  const { body, placeOf } = kustomization
  const find = (path: Path, value: unknown): Path | undefined => {
    const last = path.at(-1)
    if (path.join('.') === 'spec.replicas') {
      const at = list(dig(body, ['replicas'])).findLastIndex(
        (each) => names.has(text(fields(each)['name']) ?? '') && fields(each)['count'] === value,
      )
      return at === -1 ? undefined : ['replicas', at, 'count']
    }
    if (path.join('.') === 'metadata.namespace' && dig(body, ['namespace']) === value) return ['namespace']
    if (last === 'image' && typeof value === 'string') return imageIn(body, value)
    return typeof last === 'string' && typeof value === 'string' ? labelIn(body, last, value, path) : undefined
  }
  return {
    setting: (path, value) => {
      const there = find(path, value)
      return there === undefined ? undefined : placeOf(there)
    },
    removal: () => undefined,
  }
}

function imageIn(body: unknown, value: string): Path | undefined {
  const images = list(dig(body, ['images'])).map(fields)
  const at = images.findLastIndex(({ name, newName, newTag, digest }) => {
    const base = text(newName) ?? text(name) ?? ''
    return digest === undefined
      ? value === `${base}:${text(newTag) ?? whole(newTag) ?? ''}`
      : value === `${base}@${text(digest) ?? ''}`
  })
  return at === -1 ? undefined : ['images', at, images[at]?.['digest'] === undefined ? 'newTag' : 'digest']
}

function labelIn(body: unknown, key: string, value: string, path: Path): Path | undefined {
  const parent = path.at(-2)
  const common = parent === 'annotations' ? 'commonAnnotations' : 'commonLabels'
  if (!['annotations', 'labels', 'matchLabels', 'selector'].includes(String(parent))) return undefined
  if (labels(dig(body, [common]))[key] === value) return [common, key]
  const at = list(dig(body, ['labels'])).findLastIndex((each) => labels(fields(each)['pairs'])[key] === value)
  return at === -1 || parent === 'annotations' ? undefined : ['labels', at, 'pairs', key]
}
