import { assemble } from '../graceful.js'
import { announceReady, killTimeoutWarnings } from '../process/pm2.js'
import type { GracefulOptions } from '../types.js'
import type { Exposure } from './listen.js'
import { preloadLogger, readyPort, variablesWarnings } from './variables.js'
import type { OwnAttachment } from './registrar.js'
import { isForked, ownsAdminListener, workerOptions } from './roles.js'
import { preloadRuntime } from './runtime.js'

export { superviseWorkers } from './cluster-primary.js'
export { readOptions } from './variables.js'

/**
 * Time in which a public server can follow one that may be a helper, in ms. A process whose servers are all on the loopback, on Unix
 * sockets or on ports that the system chose is a service after that.
 */
const HELPERS_ONLY = 2_000

/** Attaches the library to a process whose first server listens. */
export function attachLibrary(options: GracefulOptions): OwnAttachment {
  const { graceful, attach, forget, startOtherCode, openAdmin } = assemble(preloadRuntime, [], workerOptions(options))
  const expected = readyPort(process.env)
  const where = expected === undefined ? 'an address that other hosts can reach' : `port ${expected}`
  graceful.notReady(`no server listens on ${where}`)
  const warnings = [...variablesWarnings(process.env), ...killTimeoutWarnings(options.timeout ?? 25_000)]
  for (const warning of warnings) preloadLogger(process.env).warn({}, `graceful: ${warning}`)

  let decided = false
  let timer: NodeJS.Timeout | undefined
  const serve = (): void => {
    if (decided) return
    decided = true
    clearTimeout(timer)
    if (ownsAdminListener()) openAdmin()
    graceful.ready()
    announceReady()
  }
  return {
    graceful,
    attach,
    forget,
    startOtherCode,
    listens(exposure: Exposure, port: number | undefined) {
      if (expected !== undefined) {
        if (port === expected) serve()
      } else if (exposure === 'public') serve()
      // Frameworks fork processes that listen on ports that the system chose. They must not take the admin port of the service.
      else if (exposure === 'loopback' || !isForked()) timer ??= setTimeout(serve, HELPERS_ONLY).unref()
    },
    detach() {
      decided = true
      clearTimeout(timer)
      graceful.uninstall()
    },
  }
}

export function logHandOver(): void {
  preloadLogger(process.env).info(
    {},
    'graceful: the program calls createGraceful, so its options apply to every server, and the GRACEFUL_* variables do not',
  )
}
