import type { KubeObject } from './kube-object.js'
import { dig, fields } from './values.js'

/** Fields that a custom resource has if an operator makes pods for it. */
const OF_PODS = new Set(['replicas', 'instances', 'size', 'nodeSets', 'chart'])

/** Returns whether an operator seems to make pods for a custom resource. */
export function makesPods({ apiVersion, body }: KubeObject): boolean {
  const group = apiVersion.split('/')[0] ?? ''
  if (!group.includes('.') || group.endsWith('.k8s.io')) return false
  const spec = fields(dig(body, ['spec']))
  const keys = [spec, ...Object.values(spec)].flatMap((part) => Object.keys(fields(part)))
  return keys.some((key) => OF_PODS.has(key))
}
