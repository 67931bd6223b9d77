import { sharedAddressWarning } from '../../targets/local/controller/node-addresses.js'
import type { LocalSettings } from '../settings/local-settings.js'

let warned = false

/** Prints a warning, once, if the load balancers of a local target cannot have a source address each on this machine. */
export async function warnOfSharedAddress({ nodes }: LocalSettings): Promise<void> {
  if (warned) return
  warned = true
  const warning = await sharedAddressWarning(nodes)
  if (warning !== undefined) process.stderr.write(`zero-drop: ${warning}\n`)
}
