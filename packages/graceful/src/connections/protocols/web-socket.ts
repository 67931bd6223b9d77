import type { Socket } from 'node:net'
import { symbolProperty } from '../node/internals.js'

/** The part of a WebSocket that the drain uses. The `WebSocket` of `ws` has it. */
export interface WebSocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number
  close(code: number, reason: string): void
  /** Closes the connection at once. */
  terminate(): void
}

/** `readyState` of an open WebSocket. */
export const OPEN = 1
/** `readyState` of a closed WebSocket. */
export const CLOSED = 3

/**
 * Returns the `WebSocket` of `ws` that owns a socket. `ws` stores it under a symbol on the socket (`setSocket` in its
 * `lib/websocket.js`, versions 7 and 8). Socket.IO, `@fastify/websocket`, Hono's `node-ws` and the gateways of Nest use `ws`.
 */
export function webSocketOf(socket: Socket): WebSocketLike | undefined {
  const owner = symbolProperty(socket, 'websocket') as Partial<WebSocketLike> | null | undefined
  const isWebSocket = typeof owner?.close === 'function' && typeof owner.terminate === 'function'
  return isWebSocket && typeof owner.readyState === 'number' ? (owner as WebSocketLike) : undefined
}
