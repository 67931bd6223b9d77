import type { PodTemplate, Workload } from '../api/objects.js'

/** The label of every object that a run creates. An object without it belongs to somebody else. */
export const MANAGED_BY: Readonly<Record<string, string>> = { 'app.kubernetes.io/managed-by': 'zero-drop' }

/** Returns the pod template of a workload with empty directories in place of claimed volumes, which a copy must not claim. */
export function withoutClaims({ spec: { template, volumeClaimTemplates = [] } }: Workload): PodTemplate {
  if (volumeClaimTemplates.length === 0) return template
  const { volumes = [] } = template.spec
  const empty = volumeClaimTemplates.map(({ metadata: { name } }) => ({ name, emptyDir: {} }))
  const others = volumes.filter(({ name }) => empty.every((each) => each.name !== name))
  return { ...template, spec: { ...template.spec, volumes: [...others, ...empty] } }
}
