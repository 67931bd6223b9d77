/** A fault of the measuring machine that a system error shows. */
export interface OwnFault {
  /** Continues a sentence that begins with "this machine". */
  readonly problem: string
  readonly wayOut: string
}

const FILES: OwnFault = { problem: 'ran out of open files', wayOut: 'raise the limit with ulimit -n, or lower --rate' }
const PORTS: OwnFault = {
  problem: 'ran out of local ports',
  wayOut: 'lower --rate, leave out new-connection with --without, or widen net.ipv4.ip_local_port_range',
}
const MEMORY: OwnFault = { problem: 'ran out of memory for sockets', wayOut: 'lower --rate' }
const NETWORK: OwnFault = { problem: 'had no network', wayOut: 'find out why it was down, and run again' }
const RESOLVER: OwnFault = {
  problem: 'had no response from its DNS server',
  wayOut: 'run again, or pass an address instead of a name with --url',
}

const OWN_FAULTS: ReadonlyMap<string, OwnFault> = new Map([
  ['EMFILE', FILES],
  ['ENFILE', FILES],
  ['EADDRNOTAVAIL', PORTS],
  ['EADDRINUSE', PORTS],
  ['EAGAIN', PORTS],
  ['ENOBUFS', MEMORY],
  ['ENOMEM', MEMORY],
  ['ENETDOWN', NETWORK],
  ['EAI_AGAIN', RESOLVER],
])

/** Returns whether a system error code says that no file descriptor was free. */
export const isOutOfFiles = (code: string | undefined): boolean => code !== undefined && OWN_FAULTS.get(code) === FILES

/** Returns the fault for a system error code; undefined if the service or the network may be to blame. */
export const ownFault = (code: string | undefined): OwnFault | undefined =>
  code === undefined ? undefined : OWN_FAULTS.get(code)
