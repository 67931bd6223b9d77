import { z } from 'zod'
import type { ManifestDocument } from './documents.js'
import { labels, readBy, text, wholeOrPercent, wrong } from './schema.js'

/** How many pods an eviction must leave. */
export interface DisruptionBudget {
  readonly name: string
  readonly selector: Readonly<Record<string, string>>
  /** A pod that is not ready may always be evicted. */
  readonly alwaysAllowUnhealthy: boolean
  /** The least number of ready pods after an eviction, of so many replicas. */
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
 * Percentages are rounded up.
 *
 * Source: `getExpectedPodCount` in kubernetes `pkg/controller/disruption/disruption.go`.
 *
 * @throws {UsageError} names file and field.
 */
export function readDisruptionBudget(document: ManifestDocument): DisruptionBudget {
  const { selector, minAvailable, maxUnavailable, unhealthyPodEvictionPolicy } = readBy(schema, document).spec
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    throw wrong(document, 'spec', 'has minAvailable and maxUnavailable: only one of them may be there')
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
