import { isIP } from 'node:net'
import type { Agent } from 'undici'
import { tlsOptions, valueOf } from '../../base/wire/access.js'
import type { Access } from '../../base/wire/access.js'

/** `fetch` with the TLS settings and the `Host` of the user. */
export interface Transport {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Closes the connections that it holds. */
  close(): void
}

/**
 * Returns the `fetch` of Node. With TLS settings or a `Host`, it returns the `fetch` of undici, from which Node's is made: only
 * undici's takes them.
 */
export function createFetch({ headers, tls }: Access): Transport {
  const host = valueOf(headers, 'host')
  if (Object.keys(tls).length === 0 && host === undefined) return { fetch, close: () => undefined }
  const loading = import('undici')
  const agents = new Map<string, Agent>()
  return {
    fetch: async (url, init) => {
      const undici = await loading
      const { origin, protocol, hostname, port, pathname, search } = new URL(url)
      const agent = agents.get(origin) ?? agentFor(undici, { hostname, port, protocol }, tls)
      agents.set(origin, agent)
      // `fetch` takes the header from the URL alone, so the URL has the host and the agent connects to the address.
      const named = `${protocol}//${host ?? new URL(url).host}${pathname}${search}`
      const options = { ...init, dispatcher: agent } as unknown as Parameters<typeof undici.fetch>[1]
      // The two have the same behaviour, but types of their own.
      return (await undici.fetch(named, options)) as unknown as Response
    },
    close: () => {
      for (const agent of agents.values()) void agent.destroy().catch(() => undefined)
    },
  }
}

function agentFor(
  { Agent, buildConnector }: Pick<typeof import('undici'), 'Agent' | 'buildConnector'>,
  { hostname, port, protocol }: Pick<URL, 'hostname' | 'port' | 'protocol'>,
  tls: Access['tls'],
): Agent {
  const address = hostname.replace(/^\[(.*)\]$/u, '$1')
  const { servername, ...options } = tlsOptions(tls, address)
  const connect = buildConnector({ ...options, autoSelectFamily: false })
  return new Agent({
    connect: (given, done) =>
      connect(
        {
          ...given,
          hostname: address,
          host: address,
          port: port === '' ? (protocol === 'https:' ? '443' : '80') : port,
          // An empty name sends none.
          servername: servername ?? (isIP(address) ? '' : address),
        },
        done,
      ),
  })
}
