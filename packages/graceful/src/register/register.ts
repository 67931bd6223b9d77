import { createRequire, syncBuiltinESMExports } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import { installPreload, preload } from '../process/handover.js'
import { replaceEarly } from '../process/host/early-methods.js'
import { watchListen } from './listen.js'
import { Registrar, type AttachmentModule, type Load } from './registrar.js'

/*
 * The preload: `node --import @cloud-communal/graceful/register server.js` attaches the library to every HTTP server that the process
 * starts.
 *
 * `NODE_OPTIONS` reaches every child process, also those without a server, such as npm. So this file loads little, and changes three
 * methods, which do what they did before: `listen` of `net.Server`, `process.exit` and `process.kill`. The library itself loads when the
 * first HTTP server listens.
 *
 * Node delivers signals to the main thread only, so the preload does nothing in a worker thread. A second copy does nothing, too.
 */

/** Node before 20.19 and 22.12 cannot load the library in one turn. There it loads at the start, and is attached a little late. */
const canRequireModules = (process.features as { require_module?: boolean }).require_module === true

function loader(): Load {
  if (canRequireModules) {
    const require = createRequire(import.meta.url)
    return (use) => use(require('./attachment.js') as AttachmentModule)
  }
  const loading: Promise<AttachmentModule> = import('./attachment.js')
  return (use) => void loading.then(use)
}

if (isMainThread && preload() === undefined) {
  const registrar = new Registrar(loader())
  installPreload(registrar)
  watchListen(registrar)
  replaceEarly(process)
  // Names that ES modules import from `node:process` follow.
  syncBuiltinESMExports()
}
