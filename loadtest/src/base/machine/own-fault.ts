/** What an error says of the machine that measures, and of nobody else. */
export interface OwnFault {
  /** After "this machine". */
  readonly problem: string
  readonly wayOut: string
}

const FILES: OwnFault = { problem: 'ran out of open files', wayOut: 'raise the limit with ulimit -n, or lower --rate' }
const PORTS: OwnFault = {
  problem: 'ran out of local ports',
  wayOut: 'lower --rate, leave out new-connection (--without), or widen net.ipv4.ip_local_port_range',
}
const MEMORY: OwnFault = { problem: 'ran out of memory for sockets', wayOut: 'lower --rate' }
const NETWORK: OwnFault = { problem: 'had no network', wayOut: 'see why it was down, and run it again' }
const RESOLVER: OwnFault = {
  problem: 'had no answer from its DNS server',
  wayOut: 'run it again, or give an address and no name with --url',
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

/** By the system's error code; undefined where somebody else may be to blame. */
export const ownFault = (code: string | undefined): OwnFault | undefined =>
  code === undefined ? undefined : OWN_FAULTS.get(code)
