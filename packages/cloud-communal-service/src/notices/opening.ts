import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../logger.js'
import { StoreError } from './store.js'
import type { NoticeStore } from './store.js'

const AGAIN_MS = 1_000

/**
 * Opens the store and retries every second while that fails. Until the store is open, readiness fails with the reason:
 * a rollout stops while every old pod serves, and the pod continues once the database is back. Exits with 1 if retrying
 * cannot help: a wrong password, an unknown database, a file that cannot be opened.
 *
 * @param signal stops the retries at the shutdown
 */
export const openStore = async (store: NoticeStore, logger: Logger, signal: AbortSignal): Promise<void> => {
  let logged = ''
  while (!signal.aborted) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- retries run one after the other
      await store.open()
      logger.info({ store: store.place }, `keeping notices in ${store.place}`)
      return
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      if (error.permanent) {
        logger.fatal({ err: error }, `cannot open the notice store: ${error.message}`)
        process.exit(1)
      }
      // One line for each reason, not one for each retry.
      if (error.message !== logged) logger.warn(`cannot open the notice store, retrying every second: ${error.message}`)
      logged = error.message
    }
    // oxlint-disable-next-line no-await-in-loop -- as above
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
  }
}
