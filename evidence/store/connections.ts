import { Agent } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'

/** The idle keep-alive connections to one address. */
export interface Connections {
  /** Returns an agent with one connection, idle or new. */
  readonly take: () => { readonly agent: Agent; readonly reused: boolean }
  /** Returns an agent after a response with these headers. `sentAt` is when its request was sent (`performance.now()`). */
  readonly give: (agent: Agent, headers: IncomingHttpHeaders, sentAt: number) => void
  readonly close: () => void
}

/**
 * Keeps idle connections for half of the time in the server's `Keep-Alive: timeout`, counted from the last request. A server may close an
 * idle connection after that time, and a request sent then is lost through the client's fault. Node's agent uses a timer, which fires late
 * if this process is busy. This code checks the clock at the time of sending.
 */
export const createConnections = (): Connections => {
  const idle: { readonly agent: Agent; readonly until: number }[] = []
  const drop = (): void => {
    const now = performance.now()
    for (let [oldest] = idle; oldest !== undefined && oldest.until <= now; [oldest] = idle) {
      oldest.agent.destroy()
      idle.shift()
    }
  }
  return {
    take: () => {
      drop()
      const last = idle.pop()
      if (last !== undefined) return { agent: last.agent, reused: true }
      return { agent: new Agent({ keepAlive: true, maxSockets: 1 }), reused: false }
    },
    give: (agent, headers, sentAt) => {
      drop()
      const [, promised] = /timeout=(\d+)/.exec(String(headers['keep-alive'])) ?? []
      if (promised === undefined) return agent.destroy()
      idle.push({ agent, until: sentAt + Number(promised) * 500 })
      // Responses do not arrive in the order of their requests.
      idle.sort((one, other) => one.until - other.until)
    },
    close: () => {
      for (const { agent } of idle.splice(0)) agent.destroy()
    },
  }
}
