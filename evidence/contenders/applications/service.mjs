// The sample service, without the code that shuts it down.
import { openStore } from '../../../packages/cloud-communal-service/dist/notices/opening.js'
import { createService, listen } from '../../../packages/cloud-communal-service/dist/service.js'

const { config, logger, server, store } = createService(process.env)

export { logger }
export const createApplication = () => server
/** The service has done so. */
export const attachWebSockets = () => {}
export const hooks = [{ name: 'notices', run: () => store.close() }]
export const onDrain = () => {}
export const onWork = () => {}
export const stopJobs = async () => {}

export async function start() {
  await openStore(store, logger, new AbortController().signal)
  listen({ server, port: config.port, variable: 'PORT', logger })
}
