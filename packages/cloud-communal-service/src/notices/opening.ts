import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../logger.js'
import { StoreError } from './store.js'
import type { NoticeStore } from './store.js'

const AGAIN_MS = 1_000

/**
 * Opens the store, and while that fails tries again each second: until then readiness says why, so a rollout stands still with every
 * old pod serving, and a database that comes back finds the pod there. What waiting cannot mend (a wrong password, no such
 * database, a file that cannot be opened) ends the process with 1.
 *
 * @param signal ends the tries: for the shutdown
 */
export const openStore = async (store: NoticeStore, logger: Logger, signal: AbortSignal): Promise<void> => {
  let said = ''
  while (!signal.aborted) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await store.open()
      logger.info({ store: store.place }, `keeping notices in ${store.place}`)
      return
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      if (error.permanent) {
        logger.fatal({ err: error }, `cannot keep notices: ${error.message}`)
        process.exit(1)
      }
      // Once for each reason: a database that is away for an hour needs no 3,600 lines.
      if (error.message !== said) logger.warn(`cannot keep notices yet, trying again each second: ${error.message}`)
      said = error.message
    }
    // oxlint-disable-next-line no-await-in-loop -- as above
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
  }
}
