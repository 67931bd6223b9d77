import cluster from 'node:cluster'
import type { GracefulOptions } from '../types.js'

/** Time in which the primary of a cluster reports after its workers have exited, in ms. */
const PRIMARY_RESERVE = 1_000

const { env } = process

/** Whether PM2 manages this process. In its cluster mode the process is a worker whose primary is PM2 itself. */
export const isManagedByPm2: boolean = env['pm_id'] !== undefined

/** Whether another Node process has started this one with a channel, and it is no worker of a cluster. PM2 does so, too. */
export const isForked = (): boolean => process.send !== undefined && !cluster.isWorker && !isManagedByPm2

/** Returns whether this process opens the admin listener: the primary of a cluster, and the first instance of PM2. */
export function ownsAdminListener(): boolean {
  if (isManagedByPm2) return (env['NODE_APP_INSTANCE'] ?? '0') === '0'
  return !cluster.isWorker
}

/** Returns the options for this process. A worker of a cluster gets a shorter budget, so that its primary can still report its end. */
export function workerOptions(options: GracefulOptions): GracefulOptions {
  if (!cluster.isWorker || isManagedByPm2) return options
  const { timeout = 25_000, shutdownDelay } = options
  const shorter = timeout - Math.min(PRIMARY_RESERVE, timeout / 10)
  const delay = typeof shutdownDelay === 'number' ? shutdownDelay : (shutdownDelay?.max ?? 0)
  return delay < shorter ? { ...options, timeout: shorter } : options
}
