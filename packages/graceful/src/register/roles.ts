import cluster from 'node:cluster'
import { isFirstInstance, isManagedByPm2 } from '../process/pm2.js'
import type { GracefulOptions } from '../types.js'

/** Time in which the primary of a cluster reports after its workers have exited, in ms. */
const PRIMARY_RESERVE = 1_000

/** Whether another Node process has started this one with a channel, and it is no worker of a cluster. PM2 does so, too. */
export const isForked = (): boolean => process.send !== undefined && !cluster.isWorker && !isManagedByPm2()

/** Returns whether this process opens the admin listener: the primary of a cluster, and the first instance of PM2. */
export function ownsAdminListener(): boolean {
  if (isManagedByPm2()) return isFirstInstance()
  return !cluster.isWorker
}

/** Returns the options for this process. A worker of a cluster gets a shorter budget, so that its primary can still report its end. */
export function workerOptions(options: GracefulOptions): GracefulOptions {
  if (!cluster.isWorker || isManagedByPm2()) return options
  const { timeout = 25_000, shutdownDelay } = options
  const shorter = timeout - Math.min(PRIMARY_RESERVE, timeout / 10)
  const delay = typeof shutdownDelay === 'number' ? shutdownDelay : (shutdownDelay?.max ?? 0)
  return delay < shorter ? { ...options, timeout: shorter } : options
}
