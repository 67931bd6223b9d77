import { Agent } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'

/** Connections to one address that have been used, and may be used again. */
export interface Connections {
  /** An agent with one connection: one that was used before, or a new one. */
  readonly take: () => { readonly agent: Agent; readonly reused: boolean }
  /** Gives it back after an answer with these headers to a request that was sent at this moment (`performance.now()`). */
  readonly give: (agent: Agent, headers: IncomingHttpHeaders, sentAt: number) => void
  readonly close: () => void
}

/**
 * A server closes an idle connection after the time that its `Keep-Alive: timeout` promised, and what is sent into that is lost by the
 * client's fault. Node's own agent goes by a timer, which is late when this process has been held up. Here half of the promise is kept
 * to, from the last request on, by the clock at the moment of sending.
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
      // One that was sent late is behind one that was answered late.
      idle.sort((one, other) => one.until - other.until)
    },
    close: () => {
      for (const { agent } of idle.splice(0)) agent.destroy()
    },
  }
}
