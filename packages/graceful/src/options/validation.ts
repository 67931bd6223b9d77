import { Server } from 'node:net'
import { inspect } from 'node:util'
import type { GracefulServer } from '../types.js'

/** Longest delay of a Node timer, in ms. Node fires longer ones at once. */
const MAX_TIMER = 2 ** 31 - 1

/** Returns the value if it is a duration that a timer can take. Throws a TypeError that names it otherwise. */
export function milliseconds(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_TIMER)) {
    throw invalid(name, `a number of milliseconds from 0 to ${MAX_TIMER}`, value)
  }
  return value
}

/** Creates the error for an invalid argument or option: its name, the expected value and the value received. */
export function invalid(name: string, expected: string, received: unknown): TypeError {
  return new TypeError(`graceful: ${name} must be ${expected}; received ${inspectValue(received)}`)
}

export const inspectValue = (value: unknown): string => inspect(value, { depth: 0 })

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Returns the servers as an array. Throws a TypeError if one is not a Node server. */
export function validServers(server: GracefulServer | readonly GracefulServer[]): readonly Server[] {
  const servers: readonly unknown[] = Array.isArray(server) ? server : [server]
  const expected = 'an http, https or http2 server, or an array of them'
  if (servers.length === 0) throw invalid('server', expected, server)
  for (const one of servers) {
    if (!(one instanceof Server)) throw invalid('server', expected, one)
  }
  return servers as readonly Server[]
}
