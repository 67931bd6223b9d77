import { readFile } from 'node:fs/promises'
import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'

/** The state LISTEN in the tables of the kernel. */
const LISTEN = '0A'
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']

/**
 * Returns the sockets of this machine that listen on the port of a URL, by their inode numbers. A process that is replaced has another
 * socket afterwards.
 *
 * @returns undefined if the URL is that of another machine, or the system does not list its sockets (Linux does)
 */
export async function listenersOf(url: string): Promise<ReadonlySet<string> | undefined> {
  const { hostname, port, protocol } = new URL(url)
  if (!(await isThisMachine(hostname))) return undefined
  const number = Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port)
  const tables = await Promise.all(TABLES.map((file) => readFile(file, 'utf8').catch(() => undefined)))
  const known = tables.filter((table) => table !== undefined)
  return known.length === 0 ? undefined : new Set(known.flatMap((table) => inodes(table, number)))
}

/** Source of the columns: proc_net_tcp in the documentation of Linux. */
function inodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/u)
    return state === LISTEN && local.endsWith(suffix) ? [inode] : []
  })
}

async function isThisMachine(hostname: string): Promise<boolean> {
  const found = await lookup(hostname.replaceAll(/[[\]]/gu, ''), { all: true }).catch(() => [])
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return found.some(
    ({ address }) => address.startsWith('127.') || address === '::1' || own.some((each) => each.address === address),
  )
}
