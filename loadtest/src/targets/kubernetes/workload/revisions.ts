import type { Kind } from './kinds.js'
import { type ControllerRevision, type ReplicaSet, type Workload } from '../api/objects.js'
import type { Revision } from './revision.js'
import { sameTemplate, withoutHash } from './templates.js'

/** Returns the revisions of a workload among these objects. Objects that cannot be read are left out. */
export function revisionsOf(
  kind: Kind,
  workload: Workload,
  objects: readonly (ReplicaSet | ControllerRevision)[],
): readonly Revision[] {
  return objects
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid))
    .flatMap(
      (object) => ('data' in object ? ofController(kind, object) : ofReplicaSet(kind, object as ReplicaSet)) ?? [],
    )
}

function ofReplicaSet(kind: Kind, object: ReplicaSet): Revision {
  return revision(object, {
    number: Number(object.metadata.annotations?.[kind.revision] ?? 0),
    template: withoutHash(object.spec.template),
    hash: object.metadata.labels?.[kind.hashLabel] ?? '',
  })
}

function ofController(kind: Kind, object: ControllerRevision): Revision | undefined {
  const kept = object.data?.spec?.template
  if (kept === undefined) return undefined
  // A ControllerRevision stores a patch that replaces the whole template.
  const { $patch: _, ...template } = kept
  const { name, labels } = object.metadata
  const hash = kind.name === 'DaemonSet' ? (labels?.[kind.hashLabel] ?? name) : name
  return revision(object, { number: object.revision, template, hash })
}

const revision = (
  object: ReplicaSet | ControllerRevision,
  { number, template, hash }: Pick<Revision, 'number' | 'template' | 'hash'>,
): Revision => ({
  object,
  number,
  template,
  hash,
  createdAt: object.metadata.creationTimestamp ?? '',
  makes: (wanted) => sameTemplate(template, wanted),
})
