import type { Workload } from '../api/objects.js'

/** How a GitOps controller is stopped from undoing changes, by the start of the name under which it writes. */
const GITOPS: readonly (readonly [prefix: string, how: string])[] = [
  ['kustomize-controller', "suspend it with 'flux suspend kustomization'"],
  ['helm-controller', "suspend it with 'flux suspend helmrelease'"],
  ['argocd', 'turn off the self-heal of its Application'],
]

/** The name under which this program writes: its `User-Agent`. */
const OWN = 'zero-drop'

/** Returns the name under which the last change by another program was made; undefined if the API does not say. */
function lastWriter({ metadata: { managedFields = [] } }: Workload): string | undefined {
  // The status, which a controller writes, is a subresource. The times are whole seconds, so that ours can be as late.
  const writers = managedFields.filter(
    ({ subresource, manager }) => subresource === undefined && manager !== undefined && manager !== OWN,
  )
  return writers.toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? '')).at(-1)?.manager
}

/** Returns by whom a workload was changed, for a message, such as `kustomize-controller`. */
export const writerOf = (workload: Workload): string => lastWriter(workload) ?? 'somebody else'

/**
 * Returns what to do if a GitOps controller changed a workload, as the continuation of a message; an empty text if somebody else did.
 */
export function gitOpsAdvice(workload: Workload): string {
  const writer = lastWriter(workload) ?? ''
  const how = GITOPS.find(([prefix]) => writer.startsWith(prefix))?.[1]
  if (how === undefined) return ''
  return `; it keeps the workload as it is in Git: ${how} during the run, or change it in Git and run zero-drop watch`
}
