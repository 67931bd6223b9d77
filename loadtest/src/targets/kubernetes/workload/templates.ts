import { isDeepStrictEqual } from 'node:util'
import { ROLLOUT_HASH, TEMPLATE_HASH, type PodTemplate } from '../api/objects.js'

/** Returns a template without the hash label of a ReplicaSet and the empty time stamp of a ControllerRevision. */
export function withoutHash(template: PodTemplate): PodTemplate {
  const { creationTimestamp: _, ...metadata } = template.metadata ?? {}
  const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => key !== TEMPLATE_HASH && key !== ROLLOUT_HASH)
  return { ...template, metadata: { ...metadata, labels: Object.fromEntries(labels) } }
}

/** Returns whether two templates give the same pods. */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return isDeepStrictEqual(withoutHash(a), withoutHash(b))
}

/** Returns the image of a container. */
export function imageOf(template: PodTemplate, container: string): string | undefined {
  return template.spec.containers.find(({ name }) => name === container)?.image
}
