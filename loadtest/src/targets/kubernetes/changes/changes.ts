import { UsageError } from '../../../base/errors.js'
import type { Kind } from '../workload/kinds.js'
import { REVISION, versionOf, type PodTemplate, type Workload } from '../api/objects.js'
import type { Revision } from '../workload/revision.js'
import { imageOf } from '../workload/templates.js'

/** A change of a workload that starts a rollout. */
export interface Change {
  /** Describes the change for reports, in the words of kubectl. */
  readonly detail: string
  readonly fromVersion: string
  readonly toVersion: string
  /** The pod template after the change. */
  readonly template: PodTemplate
  /** The annotations after the change; undefined if they stay as they are. */
  readonly annotations?: Readonly<Record<string, string>>
  readonly contentType: string
  readonly patch: unknown
}

const STRATEGIC_MERGE = 'application/strategic-merge-patch+json'
export const JSON_PATCH = 'application/json-patch+json'
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'

/** Annotations of a Deployment that do not belong to a revision. Source: `annotationsToSkip` in kubectl's rollback.go. */
const NOT_OF_A_REVISION = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
])

/** Returns the change that `kubectl set image` makes. */
export function changeImage(kind: Kind, workload: Workload, container: string, image: string): Change {
  const { template } = workload.spec
  const before = imageOf(template, container)
  const { name } = workload.metadata
  if (before === image) {
    throw new UsageError(
      `container ${container} of ${kind.name} ${name} already has the image ${image}, so nothing would roll: give another --image`,
    )
  }
  const containers = template.spec.containers.map((each) => (each.name === container ? { ...each, image } : each))
  return {
    detail: `set image ${kind.word}/${name} ${container}=${image}`,
    fromVersion: versionOf(before),
    toVersion: versionOf(image),
    template: { ...template, spec: { ...template.spec, containers } },
    contentType: STRATEGIC_MERGE,
    patch: { spec: { template: { spec: { containers: [{ name: container, image }] } } } },
  }
}

/** Returns the change that `kubectl rollout restart` makes. */
export function restartPods(kind: Kind, workload: Workload, container: string, at: Date): Change {
  const { template } = workload.spec
  const version = versionOf(imageOf(template, container))
  const added = { [RESTARTED_AT]: at.toISOString().replace(/\.\d+Z$/u, 'Z') }
  return {
    detail: `rollout restart ${kind.word}/${workload.metadata.name}`,
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
 * Returns the change that `kubectl rollout undo` makes: the template of an earlier revision, with its annotations such as
 * change-cause.
 *
 * @param toRevision default: the revision before the present one.
 */
export function undoChange(
  kind: Kind,
  workload: Workload,
  known: readonly Revision[],
  container: string,
  toRevision?: number,
): Change {
  const { name } = workload.metadata
  const revisions = known.filter(({ number }) => number > 0).toSorted((a, b) => b.number - a.number)
  const chosen = toRevision === undefined ? revisions[1] : revisions.find(({ number }) => number === toRevision)
  if (chosen === undefined) {
    const numbers =
      revisions
        .map(({ number }) => number)
        .toReversed()
        .join(', ') || 'none'
    const problem =
      toRevision === undefined
        ? 'has no earlier revision to go back to: roll out a new version first'
        : `has no revision ${toRevision}: choose one with --to-revision`
    throw new UsageError(`${kind.name} ${name} ${problem}; there are: ${numbers}`)
  }
  const isPresent = kind.history === 'replicasets' ? chosen.makes(workload.spec.template) : chosen === revisions[0]
  if (isPresent) {
    throw new UsageError(
      `${kind.name} ${name} already has the template of revision ${chosen.number}, so nothing would roll: choose another with --to-revision`,
    )
  }
  const { template } = chosen
  // kubectl restores the annotations of a revision for Deployments only.
  const then = kind.history === 'replicasets' ? annotationsOf(workload, chosen) : undefined
  return {
    detail: `rollout undo ${kind.word}/${name} --to-revision=${chosen.number}`,
    fromVersion: versionOf(imageOf(workload.spec.template, container)),
    toVersion: versionOf(imageOf(template, container)),
    template,
    ...(then === undefined ? {} : { annotations: then }),
    contentType: JSON_PATCH,
    patch: replaceTemplate(template, then),
  }
}

function annotationsOf({ metadata }: Workload, { object }: Revision): Record<string, string> {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => NOT_OF_A_REVISION.has(key))
  const back = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !NOT_OF_A_REVISION.has(key))
  return Object.fromEntries([...kept, ...back])
}

/** Returns a change that replaces the whole template. */
export function replace(
  workload: Workload,
  container: string,
  { template, detail, toVersion }: Pick<Change, 'template' | 'detail'> & Partial<Pick<Change, 'toVersion'>>,
): Change {
  const version = versionOf(imageOf(workload.spec.template, container))
  return {
    detail,
    fromVersion: version,
    toVersion: toVersion ?? version,
    template,
    contentType: JSON_PATCH,
    patch: replaceTemplate(template),
  }
}

/** Returns a JSON patch as kubectl's rollback makes it. `add` also works for a Deployment without annotations. */
export function replaceTemplate(template: PodTemplate, annotations?: Readonly<Record<string, string>>): object[] {
  const patch: object[] = [{ op: 'replace', path: '/spec/template', value: template }]
  if (annotations !== undefined) patch.push({ op: 'add', path: '/metadata/annotations', value: annotations })
  return patch
}

/**
 * Returns the named container, or the only one.
 *
 * @throws {UsageError} there are several containers and none is named, or none has the name.
 */
export function chooseContainer(kind: Kind, workload: Workload, wanted: string | undefined): string {
  const names = workload.spec.template.spec.containers.map(({ name }) => name)
  const known = names.join(', ')
  const which = `${kind.name} ${workload.metadata.name}`
  if (wanted === undefined) {
    if (names.length === 1 && names[0] !== undefined) return names[0]
    throw new UsageError(`${which} has several containers (${known}): choose one with --container`)
  }
  if (!names.includes(wanted)) {
    throw new UsageError(`${which} has no container ${wanted}: choose one with --container; there are: ${known}`)
  }
  return wanted
}
