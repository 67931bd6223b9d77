import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../../../base/clock.js'
import { ApiError, isPassing } from './api-error.js'
import type { Client } from './client.js'
import type { KubernetesObject } from './objects.js'
import { explainApi } from './explain.js'

export interface MirrorOptions<T> {
  readonly client: Client
  /** The collection's path. */
  readonly path: string
  /** For people: `pods`. */
  readonly what: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** An object came, changed or went (`current` undefined). Called for those of the first list, too. */
  readonly onChange: (current: T | undefined, previous: T | undefined) => void
  /** For a time nothing was seen; what happened in it was seen late. */
  readonly onGap: (detail: string) => void
}

const PAUSE_MS = 500
const SHORT_PAUSE_MS = 50
/** The API may be away this long before the run is given up. */
const LOST_LIMIT_MS = 60_000
/** A new connection within this time has lost no time worth telling. */
const GAP_MS = 1_000
/** The API ends a watch after this long and it is opened again: so a dead one never lasts. */
const WATCH_SECONDS = 240

interface WatchEvent<T> {
  readonly type: string
  /** The object; after `ERROR` a status. */
  readonly object: T & { readonly code?: number; readonly message?: string }
}

/**
 * A live copy of some objects: listed once, then watched; after a break it goes on where it stopped, or, where the API
 * has forgotten that point, lists again and works out what it missed.
 */
export class Mirror<T extends KubernetesObject> {
  readonly objects: Map<string, T> = new Map()
  /** Fulfilled with the first list; rejected where it cannot be had. */
  readonly synced: Promise<void>
  /** Never fulfilled; rejected when the API is lost for good. */
  readonly lost: Promise<never>
  readonly #options: MirrorOptions<T>
  readonly #stop = new AbortController()
  #version = ''

  constructor(options: MirrorOptions<T>) {
    this.#options = options
    this.synced = this.#list()
    this.lost = this.synced.then(
      () => this.#follow(),
      () => new Promise<never>(() => {}),
    )
    // Whoever waits for one of them hears of it; before that it is not an unhandled rejection.
    this.synced.catch(() => {})
    this.lost.catch(() => {})
  }

  get values(): readonly T[] {
    return [...this.objects.values()]
  }

  stop(): void {
    this.#stop.abort()
  }

  async #list(): Promise<void> {
    const { client, path, labelSelector, fieldSelector } = this.#options
    const list = await client.call<{ metadata: { resourceVersion: string }; items: T[] }>('GET', path, {
      query: { labelSelector, fieldSelector },
    })
    if (this.#stop.signal.aborted) return
    this.#version = list.metadata.resourceVersion
    const names = new Set(list.items.map(({ metadata }) => metadata.name))
    for (const name of this.objects.keys()) if (!names.has(name)) this.#remove(name)
    for (const item of list.items) this.#put(item)
  }

  async #follow(): Promise<never> {
    let brokenAt: number | undefined
    let listAgain = false
    const mended = (): void => {
      if (brokenAt !== undefined && now() - brokenAt >= GAP_MS) {
        const seconds = ((now() - brokenAt) / 1_000).toFixed(1)
        this.#options.onGap(`${this.#options.what} were not watched for ${seconds} s`)
      }
      brokenAt = undefined
    }
    while (!this.#stop.signal.aborted) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one watch after the other
        if (listAgain) await this.#list()
        listAgain = false
        // oxlint-disable-next-line no-await-in-loop -- as above
        await this.#watch(mended)
        // oxlint-disable-next-line no-await-in-loop -- a server that ends every watch at once must not be hammered
        await sleep(SHORT_PAUSE_MS)
      } catch (error) {
        if (this.#stop.signal.aborted) break
        brokenAt ??= now()
        const forgotten = error instanceof ApiError && error.status === 410
        listAgain ||= forgotten
        if (!forgotten && (!isPassing(error) || now() - brokenAt > LOST_LIMIT_MS)) {
          throw explainApi(error, this.#options.client, 'harness', `following ${this.#options.what}`)
        }
        // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
        await sleep(PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => {})
      }
    }
    return new Promise<never>(() => {})
  }

  async #watch(onOpen: () => void): Promise<void> {
    const { client, path, labelSelector, fieldSelector } = this.#options
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: this.#version,
      timeoutSeconds: WATCH_SECONDS,
      labelSelector,
      fieldSelector,
    }
    for await (const line of client.lines(path, query, this.#stop.signal, onOpen)) {
      const { type, object } = JSON.parse(line) as WatchEvent<T>
      if (type === 'ERROR') throw new ApiError(object.code ?? 0, 'WatchError', object.message ?? 'the watch broke')
      this.#version = object.metadata.resourceVersion ?? this.#version
      if (type === 'DELETED') this.#remove(object.metadata.name, object)
      else if (type !== 'BOOKMARK') this.#put(object)
    }
  }

  #put(object: T): void {
    const previous = this.objects.get(object.metadata.name)
    // Deleted and made again between two looks: two objects, not one that changed.
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) this.#remove(object.metadata.name)
    const known = this.objects.get(object.metadata.name)
    if (known !== undefined && known.metadata.resourceVersion === object.metadata.resourceVersion) return
    this.objects.set(object.metadata.name, object)
    this.#options.onChange(object, known)
  }

  /** @param last the object as it was at its end, where the API told. */
  #remove(name: string, last?: T): void {
    const known = this.objects.get(name)
    if (known === undefined) return
    if (last !== undefined && last.metadata.uid === known.metadata.uid) this.#put(last)
    const final = this.objects.get(name)
    this.objects.delete(name)
    this.#options.onChange(undefined, final)
  }
}
