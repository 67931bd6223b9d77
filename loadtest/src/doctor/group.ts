import { dirname } from 'node:path'
import type { Input } from './input/input.js'
import type { KubeObject } from './model/kube-object.js'

/** Objects that belong together. */
export interface Group {
  readonly objects: readonly KubeObject[]
  /** The objects that other groups have, too. What is missing for them here can be in another group. */
  readonly shared: ReadonlySet<KubeObject>
}

/**
 * Groups objects that belong together. Files that define the same object are variants of each other. Variants of different folders are
 * one group for each folder; variants in one folder are one group for each file. Every group also has the files without variants. A
 * kustomization is one group.
 */
export function groupsOf(inputs: readonly Input[]): readonly Group[] {
  const rendered = inputs.filter((input) => input.rendered).map(({ objects }) => alone(objects))
  const files = inputs.filter((input) => !input.rendered)
  const { single, variants } = split(files)
  const shared = single.flatMap(({ objects }) => objects)
  if (variants.length === 0) return shared.length === 0 ? rendered : [...rendered, alone(shared)]
  const ofAll = new Set(shared)
  return [...rendered, ...byFolder(variants).map((objects) => ({ objects: [...objects, ...shared], shared: ofAll }))]
}

/** Separates the files that define an object which another file defines, too. */
function split(files: readonly Input[]): { readonly single: readonly Input[]; readonly variants: readonly Input[] } {
  const owners = new Map<string, Set<Input>>()
  for (const input of files) {
    for (const { kind, namespace, name } of input.objects) {
      const key = JSON.stringify([kind, namespace, name])
      owners.set(key, (owners.get(key) ?? new Set()).add(input))
    }
  }
  const several = new Set([...owners.values()].filter(({ size }) => size > 1).flatMap((each) => [...each]))
  return { single: files.filter((file) => !several.has(file)), variants: [...several] }
}

function byFolder(files: readonly Input[]): (readonly KubeObject[])[] {
  const folders = new Map<string, Input[]>()
  for (const file of files) folders.set(dirname(file.name), [...(folders.get(dirname(file.name)) ?? []), file])
  return [...folders.values()].flatMap((folder) => {
    const { single, variants } = split(folder)
    const common = single.flatMap(({ objects }) => objects)
    return variants.length === 0 ? [common] : variants.map(({ objects }) => [...objects, ...common])
  })
}

const alone = (objects: readonly KubeObject[]): Group => ({ objects, shared: new Set() })
