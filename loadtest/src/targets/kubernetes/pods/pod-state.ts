import type { Pod } from '../api/objects.js'

/** Returns whether the kubelet reports the pod as ready. */
export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false
}

/** Returns whether the pod was deleted and is terminating. */
export const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined

/** Returns whether a pod has not ended. Ended pods, evicted ones for example, remain as objects. */
export function isAlive({ status, metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || (status?.phase !== 'Failed' && status?.phase !== 'Succeeded')
}
