import { isDeepStrictEqual } from 'node:util'
import { TargetError } from '../target.js'
import { REVISION, TEMPLATE_HASH, versionOf, type Deployment, type PodTemplate, type ReplicaSet } from './objects.js'

/** A change of a Deployment that makes it roll. */
export interface Change {
  /** For people: what the change is, as kubectl would be told it. */
  readonly detail: string
  readonly fromVersion: string
  readonly toVersion: string
  /** The pod template that the Deployment then has. */
  readonly template: PodTemplate
  /** The annotations that the Deployment then has; undefined where they stay as they are. */
  readonly annotations?: Readonly<Record<string, string>>
  readonly contentType: string
  readonly patch: unknown
}

const STRATEGIC_MERGE = 'application/strategic-merge-patch+json'
export const JSON_PATCH = 'application/json-patch+json'
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'

/** Annotations of a Deployment that do not belong to a revision: `annotationsToSkip` in kubectl's rollback.go. */
const NOT_OF_A_REVISION = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
])

/** `kubectl set image`. */
export function setImage(deployment: Deployment, container: string, image: string): Change {
  const { template } = deployment.spec
  const before = imageOf(template, container)
  const { name } = deployment.metadata
  if (before === image) {
    throw new TargetError(
      'usage',
      `container ${container} of Deployment ${name} already has the image ${image}, so nothing would roll`,
    )
  }
  const containers = template.spec.containers.map((each) => (each.name === container ? { ...each, image } : each))
  return {
    detail: `set image deployment/${name} ${container}=${image}`,
    fromVersion: versionOf(before),
    toVersion: versionOf(image),
    template: { ...template, spec: { ...template.spec, containers } },
    contentType: STRATEGIC_MERGE,
    patch: { spec: { template: { spec: { containers: [{ name: container, image }] } } } },
  }
}

/** `kubectl rollout restart`. */
export function restart(deployment: Deployment, container: string, at: Date): Change {
  const { template } = deployment.spec
  const version = versionOf(imageOf(template, container))
  const added = { [RESTARTED_AT]: at.toISOString().replace(/\.\d+Z$/u, 'Z') }
  return {
    detail: `rollout restart deployment/${deployment.metadata.name}`,
    fromVersion: version,
    toVersion: version,
    template: {
      ...template,
      metadata: { ...template.metadata, annotations: { ...template.metadata?.annotations, ...added } },
    },
    contentType: STRATEGIC_MERGE,
    patch: { spec: { template: { metadata: { annotations: added } } } },
  }
}

/**
 * `kubectl rollout undo`: back to the template of an earlier revision, with the annotations (change-cause) that it had.
 *
 * @param toRevision the one before the present one where undefined.
 */
export function undo(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  container: string,
  toRevision?: number,
): Change {
  const { name, annotations = {} } = deployment.metadata
  const revisions = replicaSets
    .map((replicaSet) => ({ replicaSet, revision: Number(replicaSet.metadata.annotations?.[REVISION] ?? 0) }))
    .filter(({ revision }) => revision > 0)
    .toSorted((a, b) => b.revision - a.revision)
  const chosen = toRevision === undefined ? revisions[1] : revisions.find(({ revision }) => revision === toRevision)
  if (chosen === undefined) {
    const known =
      revisions
        .map(({ revision }) => revision)
        .toReversed()
        .join(', ') || 'none'
    const wanted = toRevision === undefined ? 'no revision before the present one' : `no revision ${toRevision}`
    throw new TargetError('usage', `Deployment ${name} has ${wanted} to go back to; there are: ${known}`)
  }
  const template = withoutHash(chosen.replicaSet.spec.template)
  if (isDeepStrictEqual(template, withoutHash(deployment.spec.template))) {
    throw new TargetError(
      'usage',
      `Deployment ${name} already is what its revision ${chosen.revision} was, so nothing would roll`,
    )
  }
  const kept = Object.entries(annotations).filter(([key]) => NOT_OF_A_REVISION.has(key))
  const back = Object.entries(chosen.replicaSet.metadata.annotations ?? {}).filter(
    ([key]) => !NOT_OF_A_REVISION.has(key),
  )
  const then = Object.fromEntries([...kept, ...back])
  return {
    detail: `rollout undo deployment/${name} --to-revision=${chosen.revision}`,
    fromVersion: versionOf(imageOf(deployment.spec.template, container)),
    toVersion: versionOf(imageOf(template, container)),
    template,
    annotations: then,
    contentType: JSON_PATCH,
    patch: replaceTemplate(template, then),
  }
}

/** A JSON patch as kubectl's rollback makes it. A Deployment without annotations has none to replace, hence `add`. */
export function replaceTemplate(template: PodTemplate, annotations?: Readonly<Record<string, string>>): object[] {
  const patch: object[] = [{ op: 'replace', path: '/spec/template', value: template }]
  if (annotations !== undefined) patch.push({ op: 'add', path: '/metadata/annotations', value: annotations })
  return patch
}

/** The container that is meant: the named one, or the only one. */
export function chooseContainer(deployment: Deployment, wanted: string | undefined): string {
  const names = deployment.spec.template.spec.containers.map(({ name }) => name)
  const known = names.join(', ')
  const { name } = deployment.metadata
  if (wanted === undefined) {
    if (names.length === 1 && names[0] !== undefined) return names[0]
    throw new TargetError(
      'usage',
      `Deployment ${name} has several containers (${known}): say which one with --container`,
    )
  }
  if (!names.includes(wanted)) {
    throw new TargetError('usage', `Deployment ${name} has no container ${wanted}; there are: ${known}`)
  }
  return wanted
}

export function imageOf(template: PodTemplate, container: string): string | undefined {
  return template.spec.containers.find(({ name }) => name === container)?.image
}

/** A ReplicaSet's template without the label that the Deployment controller gave it. */
function withoutHash(template: PodTemplate): PodTemplate {
  const labels = Object.entries(template.metadata?.labels ?? {}).filter(([key]) => key !== TEMPLATE_HASH)
  return { ...template, metadata: { ...template.metadata, labels: Object.fromEntries(labels) } }
}

/** The same pods would come of both. */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return isDeepStrictEqual(withoutHash(a), withoutHash(b))
}
