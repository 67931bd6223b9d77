import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'

/** What Node and the servers need beside their connections. */
const OTHERS = 200

/** Why so many connections cannot be open in one process, if they cannot. */
export function tooManyConnections(count: number): string | undefined {
  // Node raises its own limit to the hard one when it starts.
  const limit = execFileSync('/bin/sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  if (limit === 'unlimited' || Number(limit) >= count + OTHERS) return undefined
  return `Not measured: ${count} connections need a limit of ${count + OTHERS} open files, and it is ${limit} here (ulimit -Hn).`
}

/** Why clients cannot come from these addresses, if they cannot: macOS has 127.0.0.1 alone, until others are added. */
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
