import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'

/** The open files that Node and the servers need besides their connections. */
const OTHERS = 200

/** Returns a sentence if one process cannot open so many connections here. */
export function tooManyConnections(count: number): string | undefined {
  // At startup, Node raises its soft limit to the hard limit.
  const limit = execFileSync('/bin/sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  if (limit === 'unlimited' || Number(limit) >= count + OTHERS) return undefined
  return `Not measured: ${count} connections need a limit of ${count + OTHERS} open files, and it is ${limit} here (ulimit -Hn).`
}

/** Returns a sentence if clients cannot use these local addresses. By default, macOS has only 127.0.0.1. */
export async function missingAddress(addresses: readonly string[]): Promise<string | undefined> {
  for (const address of addresses) {
    const server = createServer().listen(0, address)
    const listening = await Promise.race([once(server, 'listening'), once(server, 'error').then(() => undefined)])
    if (listening === undefined)
      return `Not measured: ${address} is not an address here (macOS: ifconfig lo0 alias ${address}).`
    server.close()
  }
  return undefined
}
