import { closeWhenQuiet } from '../connections/closing/listener.js'
import { withResolvers } from '../deadline.js'
import { processRuntime } from '../process/runtime.js'
import type { Handle } from './listen.js'

/** Longest time to close a listening socket, in ms. */
const LIMIT = 2_000

/**
 * The sockets on which the primary listens for its workers. They close, while their backlogs are empty, when every listening worker has
 * said that its propagation delay is over. The connections in Node's queue go to the workers, which still accept them.
 */
export class WorkerListeners {
  readonly #listening: ReadonlySet<number>
  readonly #handles: ReadonlySet<Handle>
  readonly #stopped = new Set<number>()
  readonly #closed = withResolvers()
  #closing = false

  /** @param listening ids of the workers that listen */
  constructor(listening: ReadonlySet<number>, handles: ReadonlySet<Handle>) {
    this.#listening = listening
    this.#handles = handles
  }

  /** Resolves when the sockets are closed: the delay of each worker is over. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Records that the delay of a worker is over. Resolves when the sockets are closed. */
  async stop(id: number): Promise<void> {
    this.#stopped.add(id)
    this.update()
    await this.#closed.promise
  }

  /** Closes the sockets if only workers listen whose delay is over. */
  update(): void {
    const waits = this.#stopped.size > 0 && [...this.#listening].every((id) => this.#stopped.has(id))
    if (!waits || this.#closing) return
    this.#closing = true
    void Promise.all([...this.#handles].map(closeListener)).then(this.#closed.resolve)
  }
}

async function closeListener(handle: Handle): Promise<void> {
  let accepted = 0
  const distribute = handle.onconnection
  handle.onconnection = (...args) => {
    accepted += 1
    distribute(...args)
  }
  const listening = {
    accepted: () => accepted,
    reduceBacklog: () => void handle.listen?.(process.platform === 'linux' ? 0 : 1),
    close: () => handle.close(),
  }
  await closeWhenQuiet(listening, processRuntime, LIMIT)
}
