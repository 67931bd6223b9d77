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
  /** The pod was there before the run: what it printed until then does not matter. */
  readonly fromNow: boolean
  readonly onLine: (line: string) => void
  /** Lines are missing, or may be; says which and why. */
  readonly onGap: (detail: string) => void
}

const PAUSE_MS = 500
/** The API may be away this long before a log is given up. */
const LOST_LIMIT_MS = 60_000
/** What is left of a log whose pod is gone has come by then. */
const LAST_LINES_MS = 2_000
/** A stream that ended says that the container did; its status says so a little later. */
const STATUS_LAG_MS = 5_000

/**
 * Follows one container's log, through restarts of the container and breaks of the stream, without losing or repeating a
 * line. The stream must be open before the pod is deleted: its log goes with it, but an open stream is read to its end.
 */
export class LogFollower {
  /** Fulfilled once the stream is open, or there is none to be had. */
  readonly opened: Promise<void>
  readonly #options: LogFollowerOptions
  readonly #stop = new AbortController()
  readonly #recent = new RecentLines()
  readonly #beganAt = now()
  readonly #ended: Promise<void>
  #open: () => void = () => {}
  #wake: () => void = () => {}
  /** As the pod was last seen. */
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

  /** @param seen what is known of the container now: it has run; how often it was restarted; nothing of it will run again. */
  seen({ started, restarts, over }: { started: boolean; restarts: number; over: boolean }): void {
    this.#started ||= started
    this.#restarts = Math.max(this.#restarts, restarts)
    this.#over = over
    this.#wake()
  }

  /** Reads up to the last line that was printed by now, and stops. */
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
      // oxlint-disable-next-line no-await-in-loop -- before it has run there is no log
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
        // oxlint-disable-next-line no-await-in-loop -- what comes next may be the log of the restarted container
        await this.#until(() => this.#over || this.#restarts > this.#restartsWhenOpened, STATUS_LAG_MS)
        if (this.#over) return
        continue
      } catch (error) {
        if (signal.aborted) return
        // The pod went while the stream was broken: what it printed last cannot be had any more.
        if (error instanceof ApiError && error.status === 404) {
          if (missing) this.#gap('it was deleted while its log was not followed: its last lines are lost')
          return
        }
        missing = true
        // 400: the container waits to be started again.
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

  /** @returns false where it never will, or nobody wants to know any more. */
  async #hasStarted(): Promise<boolean> {
    await this.#until(() => this.#started || this.#over)
    return this.#started
  }

  /** Waits for something to be seen of the pod, or for the end of the following. */
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

  /** What the container printed before it was restarted and was not read by then. */
  async #readPrevious(): Promise<void> {
    await this.#read({ previous: true }).catch((error: unknown) =>
      this.#gap(`what it printed before its container was restarted cannot be read (${firstLine(error)})`),
    )
    // The log of the restarted container begins anew.
    this.#recent.forgetPlace()
  }

  async #read(query: Query): Promise<void> {
    const text = await this.#options.client.call<unknown>('GET', this.#path, { query: { ...this.#query, ...query } })
    this.#recent.resume()
    for (const line of String(text).split('\n')) if (line !== '') this.#take(line)
  }

  #take(stamped: string): void {
    const space = stamped.indexOf(' ')
    // A node that has not got the log (its container is gone) answers with a sentence of its own in its place.
    if (Number.isNaN(Date.parse(stamped.slice(0, space)))) return this.#gap(`its log cannot be had (${stamped})`)
    const verdict = this.#recent.take(stamped.slice(0, space))
    if (verdict === 'lost') this.#gap('its log was rotated while it was not followed: lines may be missing')
    if (verdict !== 'repeated') this.#options.onLine(stamped.slice(space + 1))
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
    // Counted by the node's clock, which need not be ours.
    const sinceSeconds = Math.ceil((now() - this.#beganAt) / 1_000) + 1
    // The last line of before: with it the stream is seen to be open. One that was to begin then and broke begins again there.
    const fromTheStart = this.#tried ? { sinceSeconds } : { tailLines: 1 }
    return {
      container,
      timestamps: true,
      ...(sinceTime === undefined ? (fromNow ? fromTheStart : {}) : { sinceTime }),
    }
  }
}
