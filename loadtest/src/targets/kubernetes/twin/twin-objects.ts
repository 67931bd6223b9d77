import { UsageError } from '../../../base/errors.js'
import { MANAGED_BY } from '../workload/copies.js'
import type { Kind } from '../workload/kinds.js'
import type { LabelSelector, PodTemplate, Service, ServicePort, Workload } from '../api/objects.js'

/** On the twin, its Service and its pods: what they are, and how they are told from all others. */
const TWIN_LABEL = 'zero-drop/twin'

/** What of a Service's behaviour goes over to the twin's. */
const SERVICE_FIELDS = [
  'externalTrafficPolicy',
  'internalTrafficPolicy',
  'sessionAffinity',
  'sessionAffinityConfig',
  'publishNotReadyAddresses',
] as const

export function twinName(workload: string, kind?: Kind): string {
  // A label's value has 63 characters at most, and pods of a StatefulSet bear its name and a hash in one.
  const length = kind?.name === 'StatefulSet' ? 37 : 48
  return `${workload.slice(0, length).replace(/[-.]+$/u, '')}-zero-drop-twin`
}

/**
 * Refuses what cannot be run a second time beside itself.
 *
 * @throws {UsageError}
 */
export function assertCanHaveTwin(kind: Kind, { metadata, spec }: Workload): void {
  const { hostNetwork, containers } = spec.template.spec
  const hostPort = containers.flatMap(({ ports = [] }) => ports).find((port) => port.hostPort !== undefined)?.hostPort
  if (hostNetwork !== true && hostPort === undefined) return
  const what = hostNetwork === true ? 'has hostNetwork: true' : `has hostPort ${hostPort}`
  throw new UsageError(
    `${kind.name} ${metadata.name} ${what}, so a twin of it would fight with it for the nodes' ports: run without a twin`,
  )
}

export interface TwinTemplateOptions {
  /** The twin's name, as the value of its label. */
  readonly name: string
  readonly container: string
  /** Instead of the container's own command and arguments. */
  readonly command?: readonly string[] | undefined
  readonly image?: string | undefined
  /** Labels by which somebody selects the original's pods: the twin must not have them. */
  readonly selecting: ReadonlySet<string>
}

/** A pod template that runs beside its original and gets none of its traffic. */
export function twinTemplate(template: PodTemplate, options: TwinTemplateOptions): PodTemplate {
  const { name, container, command, image, selecting } = options
  const original = template.metadata?.labels ?? {}
  const kept = Object.entries(original).filter(([key]) => !selecting.has(key))
  const own = { [TWIN_LABEL]: name }
  const containers = template.spec.containers.map((each) => {
    if (each.name !== container) return each
    const { command: itsCommand, args: itsArguments, ...rest } = each
    const run = command === undefined ? { command: itsCommand, args: itsArguments } : { command }
    return { ...rest, ...defined(run), image: image ?? each.image }
  })
  // Rules about where pods go, relative to pods of their own kind, must speak of the twin's own kind.
  const spec = rewriteSelectors({ ...template.spec, containers }, original, { matchLabels: own }) as PodTemplate['spec']
  return { metadata: { ...template.metadata, labels: { ...Object.fromEntries(kept), ...own } }, spec }
}

/** The labels that the workload and the Services of its pods select by. */
export function selectingLabels(workload: Workload, services: readonly Service[]): Set<string> {
  const { matchLabels = {}, matchExpressions = [] } = workload.spec.selector
  const labels = workload.spec.template.metadata?.labels ?? {}
  const selectors = services
    .map(({ spec }) => spec.selector ?? {})
    .filter((selector) => matches({ matchLabels: selector }, labels))
  return new Set([
    ...Object.keys(matchLabels),
    ...matchExpressions.map(({ key }) => key),
    ...selectors.flatMap((selector) => Object.keys(selector)),
  ])
}

export function twinWorkload(kind: Kind, original: Workload, name: string, template: PodTemplate): object {
  const { volumeClaimTemplates: _, ...spec } = original.spec
  return {
    apiVersion: 'apps/v1',
    kind: kind.name,
    metadata: { name, labels: { ...MANAGED_BY, [TWIN_LABEL]: name } },
    spec: {
      ...spec,
      ...(kind.name === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { [TWIN_LABEL]: name } },
      template,
    },
  }
}

export function twinService(original: Service, name: string): object {
  const kept = Object.fromEntries(
    SERVICE_FIELDS.map((field) => [field, (original.spec as Record<string, unknown>)[field]] as const).filter(
      ([, value]) => value !== undefined,
    ),
  )
  // Every port, with node ports that the cluster chooses.
  const ports = (original.spec.ports ?? []).map((port) => ({ ...port, nodePort: undefined }))
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { ...MANAGED_BY, [TWIN_LABEL]: name } },
    spec: { ...kept, type: 'NodePort', selector: { [TWIN_LABEL]: name }, ports },
  }
}

/** The Service and its port that a URL leads to by a node port. */
export function nodePortOf(
  url: string,
  workload: Workload,
  services: readonly Service[],
): { service: Service; port: ServicePort } | undefined {
  const labels = workload.spec.template.metadata?.labels ?? {}
  const wanted = Number(new URL(url).port)
  for (const service of services) {
    if (!matches({ matchLabels: service.spec.selector ?? {} }, labels)) continue
    const port = service.spec.ports?.find(({ nodePort }) => nodePort !== undefined && nodePort === wanted)
    if (port !== undefined) return { service, port }
  }
  return undefined
}

/** Whether a selector selects these labels. An empty one, which Kubernetes lets select everything or nothing, does not. */
export function matches(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  const equal = Object.entries(matchLabels)
  if (equal.length + matchExpressions.length === 0) return false
  return (
    equal.every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      if (operator === 'Exists') return value !== undefined
      if (operator === 'DoesNotExist') return value === undefined
      return operator === 'In'
        ? value !== undefined && values.includes(value)
        : value === undefined || !values.includes(value)
    })
  )
}

/** Every `labelSelector` below that selects the original's own pods becomes the twin's. */
function rewriteSelectors(node: unknown, labels: Readonly<Record<string, string>>, own: LabelSelector): unknown {
  if (Array.isArray(node)) return node.map((child) => rewriteSelectors(child, labels, own))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, child]: [string, unknown]) => [
      key,
      key === 'labelSelector' && matches(child as LabelSelector, labels) ? own : rewriteSelectors(child, labels, own),
    ]),
  )
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>
}
