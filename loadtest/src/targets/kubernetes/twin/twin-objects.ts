import { UsageError } from '../../../base/errors.js'
import { MANAGED_BY } from '../workload/copies.js'
import type { Kind } from '../workload/kinds.js'
import type { LabelSelector, PodTemplate, Service, ServicePort, Workload } from '../api/objects.js'

/** The label of the twin, its Service and its pods, by which they select each other. */
export const TWIN_LABEL = 'zero-drop/twin'

/** The fields of a Service that the Service of the twin copies. */
const SERVICE_FIELDS = [
  'externalTrafficPolicy',
  'internalTrafficPolicy',
  'sessionAffinity',
  'sessionAffinityConfig',
  'publishNotReadyAddresses',
] as const

/** Returns the name of a workload's twin. */
export function twinName(workload: string, kind?: Kind): string {
  // A label value has at most 63 characters, and a pod of a StatefulSet has a label with the name and a hash.
  const length = kind?.name === 'StatefulSet' ? 37 : 48
  return `${workload.slice(0, length).replace(/[-.]+$/u, '')}-zero-drop-twin`
}

/**
 * Checks that a copy of a workload can run beside it.
 *
 * @throws {UsageError} the pods use ports of their node.
 */
export function assertCanHaveTwin(kind: Kind, { metadata, spec }: Workload): void {
  const { hostNetwork, containers } = spec.template.spec
  const hostPort = containers.flatMap(({ ports = [] }) => ports).find((port) => port.hostPort !== undefined)?.hostPort
  if (hostNetwork !== true && hostPort === undefined) return
  const what = hostNetwork === true ? 'has hostNetwork: true' : `has hostPort ${hostPort}`
  throw new UsageError(
    `${kind.name} ${metadata.name} ${what}, so a twin would need the same ports of the nodes: run without a twin, with --no-twin`,
  )
}

export interface TwinTemplateOptions {
  /** The name of the twin, as the value of its label. */
  readonly name: string
  readonly container: string
  /** Replaces the command and the arguments of the container. */
  readonly command?: readonly string[] | undefined
  readonly image?: string | undefined
  /** The labels that select the original's pods. The twin must not have them. */
  readonly selecting: ReadonlySet<string>
}

/** Returns a pod template for the twin. No Service of the original selects its pods. */
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
  // Affinity rules that select the original's pods must select the twin's.
  const spec = rewriteSelectors({ ...template.spec, containers }, original, { matchLabels: own }) as PodTemplate['spec']
  return { metadata: { ...template.metadata, labels: { ...Object.fromEntries(kept), ...own } }, spec }
}

/** Returns the label keys by which the workload and its Services select pods. */
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

/** Returns the workload object of the twin. */
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

/** Returns the Service object of the twin. */
export function twinService(original: Service, name: string): object {
  const kept = Object.fromEntries(
    SERVICE_FIELDS.map((field) => [field, (original.spec as Record<string, unknown>)[field]] as const).filter(
      ([, value]) => value !== undefined,
    ),
  )
  // The cluster chooses the node ports.
  const ports = (original.spec.ports ?? []).map((port) => ({ ...port, nodePort: undefined }))
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { ...MANAGED_BY, [TWIN_LABEL]: name } },
    spec: { ...kept, type: 'NodePort', selector: { [TWIN_LABEL]: name }, ports },
  }
}

/** Returns the Service and the port whose node port a URL has; undefined if there is none. */
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

/** Returns whether a selector matches these labels. An empty selector matches nothing. */
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

/** Replaces every `labelSelector` that matches the original's pods by one for the twin's pods. */
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
