import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Collects the garbage of this process, without a flag on the command line of Node. */
export const collectGarbage = runInNewContext('gc') as () => void
