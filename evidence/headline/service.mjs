// The sample service before anything stops it: what every contender has in common.
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../packages/cloud-communal-service/dist/notices/opening.js'
import { createService, listen } from '../../packages/cloud-communal-service/dist/service.js'

const { config, logger, server, store } = createService(process.env)

/** How long to go on serving after the signal, in ms, where a contender has an option for that. */
export const delay = Number(process.env.DELAY)
/** When the process must have gone, counted from the signal, in ms. */
export const budget = Number(process.env.BUDGET)

/** For contenders without a delay of their own: nothing, unless the run asks how they fare after a sleep written by hand. */
const handWritten = process.env.SLEEP === 'true' ? delay : 0
export const sleepByHand = () => sleep(handWritten)
/** What is left of the budget after it, for the contenders that count from there. */
export const budgetAfterSleep = budget - handWritten

export const closeStore = () => store.close()
export { logger, server }

export async function start() {
  await openStore(store, logger, new AbortController().signal)
  listen({ server, port: config.port, variable: 'PORT', logger })
}
