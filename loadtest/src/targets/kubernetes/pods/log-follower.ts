import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../../../base/clock.js'
import { ApiError, isPassing } from '../api/api-error.js'
import type { Client, Query } from '../api/client.js'
import { firstLine } from '../api/kubeconfig.js'
import { RecentLines } from './recent-lines.js'

export interface LogFollowerOptions {
  readonly client: Client
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** Whether the pod is older than the run, so that its earlier lines do not matter. */
  readonly fromNow: boolean
  readonly onLine: (line: string) => void
  /** Receives which lines are missing, or may be missing, and why. */
  readonly onGap: (detail: string) => void
}

const PAUSE_MS = 500
/** How long an API that does not answer is tried again. */
const LOST_LIMIT_MS = 60_000
/** How long the last lines of a pod that is gone may take to arrive. */
const LAST_LINES_MS = 2_000
/** How much later than the end of its log the status of a container may change. */
const STATUS_LAG_MS = 5_000

/**
 * Follows the log of one container, through restarts of the container and breaks of the stream, without losing or repeating a
 * line. The stream must be open before the pod is deleted: the log is deleted with the pod, but an open stream continues to its end.
 */
export class LogFollower {
  /** Resolves when the stream is open, or will never be. */
  readonly opened: Promise<void>
  readonly #options: LogFollowerOptions
  readonly #stop = new AbortController()
  readonly #recent = new RecentLines()
  readonly #beganAt = now()
  readonly #ended: Promise<void>
  #open: () => void = () => {}
  #wake: () => void = () => {}
  /** The state of the container as it was last seen. */
  #started = false
  #restarts = 0
  #over = false
  #restartsWhenOpened = 0
  #tried = false

  constructor(options: LogFollowerOptions) {
    this.#options = options
    this.opened = new Promise((resolve) => {
      this.#open = resolve
    })
    this.#ended = this.#follow().finally(() => this.#open())
  }

  /** Takes the present state of the container: whether it has run, its number of restarts, and whether it has ended for good. */
  seen({ started, restarts, over }: { started: boolean; restarts: number; over: boolean }): void {
    this.#started ||= started
    this.#restarts = Math.max(this.#restarts, restarts)
    this.#over = over
    this.#wake()
  }

  /** Reads up to the last line that was printed until now, and stops. */
  async finish(): Promise<void> {
    if (this.#over) await Promise.race([this.#ended, sleep(LAST_LINES_MS)])
    this.#stop.abort()
    this.#wake()
    await this.#ended
    if (this.#over || !this.#started) return
    await this.#read({}).catch((error: unknown) => this.#gap(`its last lines could not be read (${firstLine(error)})`))
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    let brokenAt: number | undefined
    let missing = true
    while (!signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- a container that has not run has no log
      if (!(await this.#hasStarted())) return
      try {
        // oxlint-disable-next-line no-await-in-loop -- one stream after the other
        if (this.#restarts > this.#restartsWhenOpened) await this.#readPrevious()
        this.#restartsWhenOpened = this.#restarts
        // oxlint-disable-next-line no-await-in-loop -- as above
        await this.#stream(() => {
          brokenAt = undefined
          this.#open()
        })
        missing = false
        // oxlint-disable-next-line no-await-in-loop -- the log of the restarted container may come next
        await this.#until(() => this.#over || this.#restarts > this.#restartsWhenOpened, STATUS_LAG_MS)
        if (this.#over) return
        continue
      } catch (error) {
        if (signal.aborted) return
        // The pod was deleted while the stream was broken, and its last lines with it.
        if (error instanceof ApiError && error.status === 404) {
          if (missing) this.#gap('it was deleted while its log was not followed: its last lines are lost')
          return
        }
        missing = true
        // 400: the container waits for its restart.
        const waits = error instanceof ApiError && error.status === 400
        brokenAt = waits ? undefined : (brokenAt ?? now())
        if (!waits && (!isPassing(error) || now() - (brokenAt ?? 0) > LOST_LIMIT_MS)) {
          return this.#gap(`its log can no longer be read (${firstLine(error)})`)
        }
      }
      // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** Waits for the start of the container. Returns false if it never starts, or if the follower stops. */
  async #hasStarted(): Promise<boolean> {
    await this.#until(() => this.#started || this.#over)
    return this.#started
  }

  /** Waits until a condition holds, the follower stops, or the limit passes. */
  async #until(seen: () => boolean, limitMs?: number): Promise<void> {
    const end = limitMs === undefined ? Infinity : now() + limitMs
    while (!seen() && !this.#stop.signal.aborted && now() < end) {
      // oxlint-disable-next-line no-await-in-loop -- waits for the next look at the pod
      await new Promise<void>((resolve) => {
        const timer = limitMs === undefined ? undefined : setTimeout(resolve, end - now())
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async #stream(onOpen: () => void): Promise<void> {
    const { client } = this.#options
    const query = { ...this.#query, follow: true }
    this.#tried = true
    const lines = client.lines(this.#path, query, this.#stop.signal, onOpen, { patient: true })
    this.#recent.resume()
    for await (const line of lines) this.#take(line)
  }

  /** Reads the lines that the container printed before its restart and that were not read yet. */
  async #readPrevious(): Promise<void> {
    await this.#read({ previous: true }).catch((error: unknown) =>
      this.#gap(`what it printed before its container was restarted cannot be read (${firstLine(error)})`),
    )
    // The log of the restarted container starts from the beginning.
    this.#recent.reset()
  }

  async #read(query: Query): Promise<void> {
    const text = await this.#options.client.call<unknown>('GET', this.#path, { query: { ...this.#query, ...query } })
    this.#recent.resume()
    for (const line of String(text).split('\n')) if (line !== '') this.#take(line)
  }

  #take(stamped: string): void {
    const space = stamped.indexOf(' ')
    // A node that no longer has the log answers with an explanation in its place.
    if (Number.isNaN(Date.parse(stamped.slice(0, space)))) return this.#gap(`its log cannot be read (${stamped})`)
    const state = this.#recent.take(stamped.slice(0, space))
    if (state === 'lost') this.#gap('its log was rotated while it was not followed: lines may be missing')
    if (state !== 'repeated') this.#options.onLine(stamped.slice(space + 1))
  }

  #gap(detail: string): void {
    this.#options.onGap(`pod ${this.#options.pod}: ${detail}`)
  }

  get #path(): string {
    const { namespace, pod } = this.#options
    return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`
  }

  get #query(): Query {
    const { container, fromNow } = this.#options
    const { sinceTime } = this.#recent
    // Relative, because the node's clock may differ from ours.
    const sinceSeconds = Math.ceil((now() - this.#beganAt) / 1_000) + 1
    // The last line before the run shows that the stream is open. After a failed try the stream starts at the same point again.
    const fromTheStart = this.#tried ? { sinceSeconds } : { tailLines: 1 }
    return {
      container,
      timestamps: true,
      ...(sinceTime === undefined ? (fromNow ? fromTheStart : {}) : { sinceTime }),
    }
  }
}
