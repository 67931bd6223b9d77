import type { KubeObject } from './kube-object.js'
import { podCount, type Path } from './values.js'

/** The field of an autoscaler with the lowest number of pods. */
const LEAST: Readonly<Record<string, Path>> = {
  HorizontalPodAutoscaler: ['spec', 'minReplicas'],
  ScaledObject: ['spec', 'minReplicaCount'],
  HTTPScaledObject: ['spec', 'replicas', 'min'],
}

/** Whether an object sets the number of pods of a workload. */
export const isAutoscaler = ({ kind }: KubeObject): boolean => Object.hasOwn(LEAST, kind)

/** The default of `minReplicas` is 1 for an HPA, and 0 for a ScaledObject, which scales to 1 when there is work. */
export const minReplicasOf = (scaler: KubeObject): number =>
  Math.max(podCount(scaler.get(...(LEAST[scaler.kind] ?? []))) ?? 1, 0)
