import { setTimeout as sleep } from 'node:timers/promises'
import type { Tally } from '../tally.ts'

/** How long new connections still reach the service after SIGTERM, in ms, as they do until a load balancer learns of the removal. */
const PROPAGATION = 1_000

/** The service under load, as the clients of a load see it. */
export interface Target {
  readonly port: number
  /** The folder in which its packages are installed. */
  readonly folder: string
  /** The environment that {@link Load.prepare} returned. */
  readonly env: Readonly<Record<string, string>>
  readonly tally: Tally
  readonly output: () => string
  /** Sends SIGTERM. */
  readonly signal: () => void
  /** Resolves when the process has exited. */
  readonly exited: Promise<unknown>
}

/** Clients of one kind. */
export interface Load {
  /** Prepares what the service needs besides its port. Returns its environment and a function that removes everything. */
  readonly prepare?: () => Promise<{
    readonly env: Readonly<Record<string, string>>
    readonly remove: () => Promise<void>
  }>
  /** The service is a worker without a server. The preload then opens no admin listener. */
  readonly withoutServer?: true
  /** Returns whether the service serves requests. */
  readonly ready: (target: Target) => Promise<boolean>
  /** Sends requests, sends SIGTERM in the middle of them, and resolves when the last client has finished. */
  readonly run: (target: Target, clock: Clock) => Promise<void>
}

/** The time of one run. Clients start before SIGTERM, and ask the clock whether they may still open connections. */
export class Clock {
  #signalled: number | undefined

  signalled(): void {
    this.#signalled = performance.now()
  }

  /** Whether every load balancer has learned of the removal: no new connection reaches the service from then on. */
  get propagated(): boolean {
    return this.sinceSignal >= PROPAGATION
  }

  /** The time since SIGTERM in ms; 0 before it. */
  get sinceSignal(): number {
    return this.#signalled === undefined ? 0 : performance.now() - this.#signalled
  }

  /** Starts `open` every `ms` until no new connection reaches the service. Resolves when each of them has finished. */
  async every(ms: number, open: (index: number) => Promise<void>): Promise<void> {
    const opened: Promise<void>[] = []
    for (let index = 0; !this.propagated; index++) {
      opened.push(open(index))
      await sleep(ms)
    }
    await Promise.all(opened)
  }
}

let ids = 0

/** Returns an id that no other request of this process has. */
export const nextId = (): string => `r${++ids}`

/** Returns the answer that every example gives to a request. */
export const answerTo = (id: string): string => `work ${id} done`

/** How long the load runs before SIGTERM, and how long requests in flight have been under way by then, in ms. */
export const WARM_UP = 1_000
export const IN_FLIGHT = 300

/** How long a request in flight takes, in ms: longer than the shutdown delay. */
export const LONG = 2_500
