import { z } from 'zod'
import type { ManifestDocument } from './documents.js'
import { readContainer, type ContainerManifest } from './container.js'
import { labels, positive, readBy, text, whole, wholeOrPercent, wrong } from './schema.js'

/** How pods are replaced. Percentages are resolved to numbers as Kubernetes does. */
export type Strategy =
  | { readonly type: 'RollingUpdate'; readonly maxSurge: number; readonly maxUnavailable: number }
  | { readonly type: 'Recreate' }

/** The fields of a Deployment that a rollout needs. Times are in seconds, as in the manifest. */
export interface DeploymentManifest {
  readonly file: string
  readonly kind: 'Deployment'
  readonly lineOf: ManifestDocument['lineOf']
  readonly name: string
  readonly namespace: string
  readonly replicas: number
  readonly strategy: Strategy
  readonly minReadySeconds: number
  readonly progressDeadlineSeconds: number
  readonly terminationGracePeriodSeconds: number
  /** Labels and annotations of the pods. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly containers: readonly ContainerManifest[]
}

// Each container is read with its own schema.
const schema = z.object({
  metadata: z.object({ name: text, namespace: text.default('default') }),
  spec: z.object({
    replicas: whole.default(1),
    selector: z.object({ matchLabels: labels.default({}) }),
    minReadySeconds: whole.default(0),
    progressDeadlineSeconds: positive.default(600),
    strategy: z
      .object({
        type: z.enum(['RollingUpdate', 'Recreate'], 'must be RollingUpdate or Recreate').default('RollingUpdate'),
        rollingUpdate: z
          .object({ maxSurge: wholeOrPercent.default('25%'), maxUnavailable: wholeOrPercent.default('25%') })
          .prefault({}),
      })
      .prefault({}),
    template: z.object({
      metadata: z.object({ labels: labels.default({}), annotations: labels.default({}) }).prefault({}),
      spec: z.object({
        terminationGracePeriodSeconds: whole.default(30),
        containers: z.array(z.unknown(), 'must be a list').min(1, 'must not be empty'),
      }),
    }),
  }),
})

type Spec = z.output<typeof schema>['spec']

/**
 * Reads a Deployment with the defaults of the API server.
 *
 * @param documents the other objects, for the ConfigMaps and Secrets of environment variables.
 * @param replicas overrides the number of pods.
 * @throws {UsageError} names the file and the field.
 */
export function readDeployment(
  document: ManifestDocument,
  documents: readonly ManifestDocument[],
  replicas?: number,
): DeploymentManifest {
  const { metadata, spec: own } = readBy(schema, document)
  const spec = { ...own, replicas: replicas ?? own.replicas }
  const { template } = spec
  for (const [label, value] of Object.entries(spec.selector.matchLabels)) {
    if (template.metadata.labels[label] !== value) {
      throw wrong(
        document,
        `spec.selector.matchLabels.${label}`,
        `(${value}) is not among spec.template.metadata.labels: add it there`,
      )
    }
  }
  const grace = template.spec.terminationGracePeriodSeconds
  const containers = template.spec.containers.map((body, index) => {
    const container = readContainer({ document, documents, body, field: `spec.template.spec.containers[${index}]` })
    const { preStop } = container
    if (preStop?.type === 'sleep' && preStop.seconds > grace) {
      const field = `${container.field}.lifecycle.preStop.sleep.seconds`
      throw wrong(
        document,
        field,
        `(${preStop.seconds}) is above terminationGracePeriodSeconds (${grace}): raise that one`,
      )
    }
    return container
  })
  return {
    file: document.file,
    kind: 'Deployment',
    lineOf: document.lineOf,
    name: metadata.name,
    namespace: metadata.namespace,
    replicas: spec.replicas,
    strategy: readStrategy(document, spec),
    minReadySeconds: spec.minReadySeconds,
    progressDeadlineSeconds: spec.progressDeadlineSeconds,
    terminationGracePeriodSeconds: grace,
    labels: template.metadata.labels,
    annotations: template.metadata.annotations,
    containers,
  }
}

function readStrategy(document: ManifestDocument, { strategy, replicas }: Spec): Strategy {
  if (strategy.type === 'Recreate') return { type: 'Recreate' }
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate
  if (isZero(maxSurge) && isZero(maxUnavailable)) {
    throw wrong(
      document,
      'spec.strategy.rollingUpdate',
      'has maxSurge and maxUnavailable both 0, so no pod could be replaced: raise one of them',
    )
  }
  return { type: 'RollingUpdate', ...resolveFenceposts(maxSurge, maxUnavailable, replicas) }
}

/**
 * Returns maxSurge and maxUnavailable in pods: percentages of `replicas`, surge rounded up and unavailable rounded down, never both
 * 0.
 *
 * Source: `ResolveFenceposts`, kubernetes `pkg/controller/deployment/util/deployment_util.go`.
 */
export function resolveFenceposts(
  maxSurge: number | string,
  maxUnavailable: number | string,
  replicas: number,
): { maxSurge: number; maxUnavailable: number } {
  const surge = scaled(maxSurge, replicas, Math.ceil)
  const floored = scaled(maxUnavailable, replicas, Math.floor)
  const unavailable = surge === 0 && floored === 0 ? 1 : floored
  // MaxUnavailable() of the same file: at most `replicas`.
  return { maxSurge: surge, maxUnavailable: Math.min(unavailable, replicas) }
}

function scaled(value: number | string, total: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseInt(value, 10) * total) / 100)
}

const isZero = (value: number | string): boolean => Number.parseInt(String(value), 10) === 0
