import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { statsOf } from '../../base/stats.js'
import { KUSTOMIZATION_NAMES } from '../../inputs/manifests/kustomize.js'
import { readText } from '../../inputs/yaml/read-text.js'
import type { KubeObject, Locate, Place } from '../model/kube-object.js'
import { parseObjects } from '../model/parse.js'
import { fields, list, text, texts, type Path } from '../model/values.js'

/**
 * Returns a function that finds the field of a rendered object in the files of its kustomization: in the overlay first, and else in
 * its bases. Containers are found by their place in the list, as they are in the base.
 */
export function kustomizationPlaces(folder: string, shown: (path: string) => string): Locate {
  const files = [...new Set(filesOf(folder))]
  const objects = files.flatMap((file) => {
    const parsed = parseObjects(readText(file), shown(file))
    return 'error' in parsed ? [] : parsed.objects
  })
  return ({ kind, name }, path): Place | undefined => {
    const same = objects.filter((object) => object.kind === kind && object.name === name)
    for (let length = path.length; length >= 0; length--) {
      const found = same.find((object) => sets(object, path.slice(0, length)))
      if (found !== undefined) return found.place(path.slice(0, length))
    }
    return undefined
  }
}

const sets = (object: KubeObject, path: Path): boolean => path.length === 0 || object.has(path)

/** The files of a kustomization, from the patches of the overlay down to the bases. Patches that it holds itself have no file. */
function filesOf(folder: string, seen = new Set<string>()): string[] {
  const file = KUSTOMIZATION_NAMES.map((name) => join(folder, name)).find((path) => existsSync(path))
  if (file === undefined || seen.has(file)) return []
  seen.add(file)
  const body = fields(parse(readText(file)))
  const patches = [
    ...list(body['patches']).map((each) => text(fields(each)['path'])),
    ...texts(body['patchesStrategicMerge']),
  ]
  const others = [...texts(body['components']), ...texts(body['resources']), ...texts(body['bases'])]
  return [...patches, ...others].flatMap((each) => {
    if (each === undefined || each.includes('\n')) return []
    const path = join(folder, each)
    const found = statsOf(path)
    if (found === undefined) return []
    return found.isDirectory() ? filesOf(path, seen) : [path]
  })
}
