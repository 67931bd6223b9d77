import type { Server } from 'node:net'
import type { MetricsRegistry } from '../types.js'
import type { Host } from './host/host.js'

/** The shutdowns of this process that have started, of every copy of the library. */
export interface RunningShutdowns {
  /** Number of shutdowns that are not over. */
  count: number
  /** Highest exit code of the finished shutdowns that end the process; undefined if none does. */
  exitCode: number | undefined
}

/**
 * State that all copies of the library in this process share: two versions in one dependency tree, or an ES module that is loaded
 * twice. Without it, the first copy to finish would exit under the requests of the other one.
 *
 * Every version since the first one uses these fields. A later version may add fields, and must not change or remove any.
 */
export interface ProcessState {
  readonly shutdowns: RunningShutdowns
  /** The servers that are attached to a `createGraceful`. */
  readonly attached: WeakSet<Server>
  /** Signal listeners and calls of `process.exit()`. The first copy creates it. */
  host?: Host
  /** The metrics in each registry, as `admin/metrics.ts` creates them. */
  readonly metrics: WeakMap<MetricsRegistry, object>
}

const KEY = Symbol.for('@cloud-communal/graceful')

export function createProcessState(): ProcessState {
  return {
    shutdowns: { count: 0, exitCode: undefined },
    attached: new WeakSet(),
    metrics: new WeakMap(),
  }
}

/** Returns the state of this process, or of this worker thread. The first copy of the library creates it. */
export function processState(): ProcessState {
  const owner = process as { [KEY]?: Partial<ProcessState> }
  owner[KEY] = Object.assign(owner[KEY] ?? {}, { ...createProcessState(), ...owner[KEY] })
  return owner[KEY] as ProcessState
}

/**
 * Marks the servers as attached.
 *
 * @returns a function that removes the marks
 * @throws Error if a server is attached already: two shutdowns of one server would each close its connections
 */
export function attachServers(state: ProcessState, servers: readonly Server[]): () => void {
  for (const server of servers) {
    if (!state.attached.has(server)) continue
    throw new Error(
      'graceful: the server is attached already, and only one createGraceful() can shut it down; use the object that the ' +
        'first call returned, or call its uninstall() first',
    )
  }
  for (const server of servers) state.attached.add(server)
  return () => {
    for (const server of servers) state.attached.delete(server)
  }
}
