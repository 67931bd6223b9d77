import { Server } from 'node:net'
import { inspect } from 'node:util'
import type { GracefulOptions, GracefulServer } from '../types.js'

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

/** The arguments of `createGraceful`. */
export type GracefulArguments =
  | [options?: GracefulOptions | undefined]
  | [server: GracefulServer | readonly GracefulServer[], options?: GracefulOptions | undefined]

/**
 * Separates the servers from the options. A first argument that is a plain object has the options of a process without a server.
 * Throws a TypeError if a server is not a Node server.
 */
export function separate(args: GracefulArguments): {
  servers: readonly Server[]
  options: GracefulOptions | undefined
} {
  const [first, second] = args
  if (args.length === 0) return { servers: [], options: undefined }
  if (args.length === 1 && isPlainObject(first)) return { servers: [], options: first }
  return { servers: validServers(first), options: second }
}

const isPlainObject = (value: unknown): value is GracefulOptions =>
  isObject(value) && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)

function validServers(server: unknown): readonly Server[] {
  const servers: readonly unknown[] = Array.isArray(server) ? server : [server]
  const expected = 'an http, https or http2 server, or an array of them; createGraceful() needs no server'
  if (servers.length === 0) throw invalid('server', expected, server)
  for (const one of servers) {
    if (!(one instanceof Server)) throw invalid('server', expected, one)
  }
  return [...new Set(servers as readonly Server[])]
}
