import { resolve, schemaOf } from '../schemas/schema.ts'
import type { Schema } from '../schemas/schema.ts'
import type { Manifest } from '../manifest.ts'

type Fields = Record<string, unknown>

/**
 * A strategic merge patch applied to an object, as kustomize does it: fields over fields, `null` takes one away, and a
 * list is merged by the key that the Kubernetes schema gives it, else replaced. Undefined where the patch says
 * `$patch: delete`.
 */
export const patched = (manifest: Manifest, patch: Manifest): Manifest | undefined =>
  isDelete(patch) ? undefined : (merge(manifest, patch, schemaOf(manifest), manifest.kind) as Manifest)

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isDelete = (patch: unknown): boolean => isFields(patch) && patch['$patch'] === 'delete'

const merge = (target: unknown, patch: unknown, schema: Schema | undefined, where: string): unknown => {
  if (Array.isArray(patch)) return mergeList(Array.isArray(target) ? target : [], patch, schema, where)
  if (!isFields(patch)) return patch
  if ('$patch' in patch) throw new Error(`${where}: $patch: ${String(patch['$patch'])} is not understood here`)
  const merged: Fields = isFields(target) ? { ...target } : {}
  const known = resolve(schema)
  for (const [field, value] of Object.entries(patch)) {
    if (value === null || isDelete(value)) {
      delete merged[field]
      continue
    }
    const inner = known?.properties?.[field] ?? known?.additionalProperties
    merged[field] = merge(merged[field], value, inner, `${where}.${field}`)
  }
  return merged
}

const mergeList = (target: unknown[], patch: unknown[], schema: Schema | undefined, where: string): unknown[] => {
  if (!schema?.['x-kubernetes-patch-strategy']?.split(',').includes('merge')) return patch
  const key = schema['x-kubernetes-patch-merge-key']
  if (key === undefined) throw new Error(`${where}: merging lists of plain values is not understood here`)
  const rest = [...target]
  const named: unknown[] = []
  for (const item of patch) {
    const name = isFields(item) ? item[key] : undefined
    if (!isFields(item) || (typeof name !== 'string' && typeof name !== 'number')) {
      throw new Error(`${where}: an item of the patch has no ${key}`)
    }
    // kustomize tells ports apart by protocol, too, and silently drops what a patch that leaves it out says.
    if (key === 'containerPort' && item['protocol'] === undefined) throw new Error(`${where}: say the protocol`)
    const index = rest.findIndex((candidate) => isFields(candidate) && candidate[key] === name)
    const [found = {}] = index < 0 ? [] : rest.splice(index, 1)
    if (!isDelete(item)) named.push(merge(found, item, schema.items, `${where}[${name}]`))
  }
  // What the patch names comes first, in its order, as kustomize has it.
  return [...named, ...rest]
}
