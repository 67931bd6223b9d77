import type { KubeObject, Locate, Place } from '../model/kube-object.js'
import { dig, isFields, type Path } from '../model/values.js'
import { samePath } from './same-path.js'
import { trackedIn, type Tracked } from './tracked.js'

/**
 * Returns a function that finds the place that sets a field of a rendered object: the last patch or other field of a kustomization that
 * gives it its value, and else the file of the object.
 */
export function kustomizationPlaces(folder: string, shown: (path: string) => string): Locate {
  let all: ReadonlyMap<string, Tracked> | undefined
  return (object, path) => {
    all ??= new Map(trackedIn(folder, shown).map((each) => [keyOf(each.kind, each.name), each]))
    // A generator adds a hash to the name.
    const found =
      all.get(keyOf(object.kind, object.name)) ??
      all.get(keyOf(object.kind, object.name.replace(/-[a-z0-9]{10}$/u, '')))
    return found === undefined ? undefined : originOf(found, object, path)
  }
}

const keyOf = (kind: string, name: string): string => JSON.stringify([kind, name])

/** Maps in which a field can be missing because nobody wrote it: then the file of the object is the place, and not a patch of the map. */
const BROAD = new Set<string | number | undefined>(['spec', 'template', 'metadata', undefined])

function originOf(tracked: Tracked, rendered: KubeObject, path: Path): Place | undefined {
  const value = rendered.get(...path)
  const layers = tracked.layers.toReversed()
  const inFile = placeInFile(tracked, rendered, path)
  if (value === undefined) {
    const removed = layers.map((layer) => layer.removal(path, rendered)).find((place) => place !== undefined)
    const above = path.slice(0, -1)
    return removed ?? (path.length === 0 ? inFile : originOf(tracked, rendered, above))
  }
  const last = path.at(-1)
  const isBroad = isFields(value) && (typeof last === 'number' || BROAD.has(last))
  const set = (): Place | undefined =>
    layers.map((layer) => layer.setting(path, value, rendered)).find((place) => place !== undefined)
  return isBroad ? (inFile ?? set()) : (set() ?? inFile)
}

/** The place in the file of the object, if it has the field. */
function placeInFile({ object }: Tracked, rendered: KubeObject, path: Path): Place | undefined {
  if (object === undefined) return undefined
  const there = samePath(path, rendered.body, object.body)
  return there !== undefined && dig(object.body, there) !== undefined ? object.place(there) : undefined
}
