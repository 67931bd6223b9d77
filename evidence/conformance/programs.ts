import { freePorts } from '../../packages/graceful/test/harness/free-ports.ts'
import type { Contender } from '../contenders/contenders.ts'

/**
 * Program that a contender shuts down. `server`: its own. `preloaded`: a service without code for its shutdown, with the preload of the
 * contender. `beside`: its own, with its preload. `cluster`: two workers, with its preload, or with its own program in each. `worker`: jobs
 * without a server.
 */
export type Program = 'server' | 'preloaded' | 'beside' | 'cluster' | 'worker'

export interface TrialSettings {
  /** Default `server`. */
  readonly program?: Program
  /** File in `contenders/programs` for `preloaded`. Default `alone.mjs`. */
  readonly file?: string
  /** How long a contender with an option for it keeps serving after the signal, in ms. Three times: for an adaptive delay. */
  readonly delay?: number | { readonly min: number; readonly expected: number; readonly max: number }
  /** The time from the signal to the exit, in ms. */
  readonly budget?: number
  readonly hooks?: readonly {
    readonly name: string
    readonly phase?: 'last'
    readonly ms?: number
    readonly fails?: string
  }[]
  readonly env?: Readonly<Record<string, string>>
}

type Environment = Readonly<Record<string, string>>

const programs = new URL('../contenders/programs/', import.meta.url)

/** Returns the program of a trial, and its environment. */
export async function programOf(
  contender: Contender,
  settings: TrialSettings,
): Promise<{ readonly fixture: URL; readonly env: Environment }> {
  const { program = 'server', file = 'alone.mjs', env = {} } = settings
  const { fixture, preload, worker } = contender
  if (program === 'server') return { fixture, env }
  if (program === 'worker') return { fixture: worker!, env }
  const preloaded = preload === undefined ? {} : { NODE_OPTIONS: preload, ...(await variables(settings)) }
  const all = { ...preloaded, ...env }
  if (program === 'beside') return { fixture, env: all }
  if (program === 'preloaded') return { fixture: new URL(file, programs), env: all }
  const inWorkers = preload === undefined ? fixture : new URL(file, programs)
  return { fixture: new URL('cluster.mjs', programs), env: { ...all, WORKER: inWorkers.href } }
}

/** The variables of the preload, and the port of the program: one that the system chooses makes a process ready later. */
async function variables({ delay = 1_500, budget = 8_000 }: TrialSettings): Promise<Environment> {
  const [port, admin] = await freePorts(2)
  const text = typeof delay === 'number' ? `${delay}` : `${delay.min}-${delay.expected}-${delay.max}`
  return {
    PORT: `${port}`,
    GRACEFUL_ADMIN_PORT: `${admin}`,
    GRACEFUL_ADMIN_HOST: '127.0.0.1',
    GRACEFUL_SHUTDOWN_DELAY: text,
    GRACEFUL_TIMEOUT: `${budget}`,
  }
}
