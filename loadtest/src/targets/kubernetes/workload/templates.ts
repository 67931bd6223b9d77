import { isDeepStrictEqual } from 'node:util'
import { TEMPLATE_HASH, type PodTemplate } from '../api/objects.js'

/** A template without what controllers add to it: the label of a ReplicaSet's, the empty time stamp of a ControllerRevision's. */
export function withoutHash(template: PodTemplate): PodTemplate {
  const { creationTimestamp: _, ...metadata } = template.metadata ?? {}
  const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => key !== TEMPLATE_HASH)
  return { ...template, metadata: { ...metadata, labels: Object.fromEntries(labels) } }
}

/** The same pods would come of both. */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return isDeepStrictEqual(withoutHash(a), withoutHash(b))
}

export function imageOf(template: PodTemplate, container: string): string | undefined {
  return template.spec.containers.find(({ name }) => name === container)?.image
}
