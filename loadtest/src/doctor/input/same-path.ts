import { dig, fields, list, type Path } from '../model/values.js'

/** The fields by which a strategic merge finds the item of a list. */
const MERGE_KEYS = ['name', 'containerPort', 'mountPath', 'port', 'devicePath', 'topologyKey', 'key', 'ip', 'type']

/**
 * Returns the path in another version of an object, in which the items of a list can have other places. Undefined: the other version
 * does not have the item.
 */
export function samePath(path: Path, body: unknown, other: unknown): Path | undefined {
  const found: (string | number)[] = []
  for (const [index, key] of path.entries()) {
    if (typeof key === 'string') found.push(key)
    else {
      const there = sameItem(dig(body, path.slice(0, index + 1)), list(dig(other, found)), key)
      if (there === undefined) return undefined
      found.push(there)
    }
  }
  return found
}

function sameItem(item: unknown, items: readonly unknown[], index: number): number | undefined {
  const key = MERGE_KEYS.find(
    (each) => fields(item)[each] !== undefined && items.some((other) => fields(other)[each] !== undefined),
  )
  if (key === undefined) return index < items.length ? index : undefined
  const there = items.findIndex((other) => fields(other)[key] === fields(item)[key])
  return there === -1 ? undefined : there
}
