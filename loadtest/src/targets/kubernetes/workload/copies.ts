import type { PodTemplate, Workload } from '../api/objects.js'

/** Without it an object of the twin's name is somebody else's and is not touched. */
export const MANAGED_BY: Readonly<Record<string, string>> = { 'app.kubernetes.io/managed-by': 'zero-drop' }

/** The pod template of a workload with empty folders for the volumes that its pods claim: a copy must not claim any. */
export function withoutClaims({ spec: { template, volumeClaimTemplates = [] } }: Workload): PodTemplate {
  if (volumeClaimTemplates.length === 0) return template
  const { volumes = [] } = template.spec
  const empty = volumeClaimTemplates.map(({ metadata: { name } }) => ({ name, emptyDir: {} }))
  const others = volumes.filter(({ name }) => empty.every((each) => each.name !== name))
  return { ...template, spec: { ...template.spec, volumes: [...others, ...empty] } }
}
