import cluster from 'node:cluster'
import { isManagedByPm2 } from '../process/pm2.js'
import { ask } from './cluster-messages.js'

/** Time for an answer that the primary gives at once, in ms. */
const PROMPT = 1_000

/**
 * Waits until the primary of the cluster has closed its listener and has handed over every connection that it accepted. A connection in the
 * primary's queue would be reset when the last worker closes its server.
 *
 * The primary hands over a connection when the worker has taken the one before. So its queue is empty if no connection comes before the
 * answer to a question. Other workers can need longer for their delay: the limit is half of the budget.
 */
export async function stopAccepting(accepted: () => number, limit: number): Promise<void> {
  if (!cluster.isWorker || isManagedByPm2()) return
  await ask('stop', limit / 2)
  for (let before = -1; before !== accepted();) {
    before = accepted()
    // oxlint-disable-next-line no-await-in-loop -- one question after another
    await ask('pass', Math.min(PROMPT, limit / 4))
  }
}
