import { z } from 'zod'
import type { ManifestDocument } from './documents.js'
import { labels, readBy, text, wholeOrPercent, wrong } from './schema.js'

/** A PodDisruptionBudget: the number of pods that an eviction must leave. */
export interface DisruptionBudget {
  readonly name: string
  readonly selector: Readonly<Record<string, string>>
  /** Whether a pod that is not ready may always be evicted. */
  readonly alwaysAllowUnhealthy: boolean
  /** Returns the lowest number of ready pods after an eviction. */
  healthyAtLeast(replicas: number): number
}

const schema = z.object({
  spec: z.object({
    selector: z.object({ matchLabels: labels.default({}) }).prefault({}),
    minAvailable: wholeOrPercent.optional(),
    maxUnavailable: wholeOrPercent.optional(),
    unhealthyPodEvictionPolicy: text.default('IfHealthyBudget'),
  }),
})

/**
 * Reads a PodDisruptionBudget. Percentages are rounded up.
 *
 * Source: `getExpectedPodCount` in kubernetes `pkg/controller/disruption/disruption.go`.
 *
 * @throws {UsageError} names the file and the field.
 */
export function readDisruptionBudget(document: ManifestDocument): DisruptionBudget {
  const { selector, minAvailable, maxUnavailable, unhealthyPodEvictionPolicy } = readBy(schema, document).spec
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    throw wrong(document, 'spec', 'has both minAvailable and maxUnavailable: remove one of them')
  }
  return {
    name: document.name,
    selector: selector.matchLabels,
    alwaysAllowUnhealthy: unhealthyPodEvictionPolicy === 'AlwaysAllow',
    healthyAtLeast: (replicas) =>
      maxUnavailable === undefined
        ? pods(minAvailable ?? 1, replicas)
        : Math.max(replicas - pods(maxUnavailable, replicas), 0),
  }
}

const pods = (value: number | string, replicas: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * replicas) / 100)
