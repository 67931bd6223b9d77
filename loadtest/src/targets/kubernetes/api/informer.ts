import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../../../base/clock.js'
import { ApiError, isPassing } from './api-error.js'
import type { Client } from './client.js'
import type { KubernetesObject } from './objects.js'
import { explainApi } from './explain.js'

export interface InformerOptions<T> {
  readonly client: Client
  /** The path of the collection. */
  readonly path: string
  /** Names the objects in messages: `pods`. */
  readonly what: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Receives each new, changed or deleted object (`current` undefined), including those of the first list. */
  readonly onChange: (current: T | undefined, previous: T | undefined) => void
  /** Receives a description of a time without a watch. Changes in it were seen late. */
  readonly onGap: (detail: string) => void
}

const PAUSE_MS = 500
const SHORT_PAUSE_MS = 50
/** How long an API that does not answer is tried again. */
const LOST_LIMIT_MS = 60_000
/** A shorter break of the watch is not reported. */
const GAP_MS = 1_000
/** How long the API keeps a watch open. Opening it again bounds the life of a dead one. */
const WATCH_SECONDS = 240

interface WatchEvent<T> {
  readonly type: string
  /** The object, or a status if the type is `ERROR`. */
  readonly object: T & { readonly code?: number; readonly message?: string }
}

/**
 * Keeps a live copy of some objects: it lists them once, then watches them. After a break it continues from the last version. If
 * the API no longer has that version, it lists the objects again and computes the changes.
 */
export class Informer<T extends KubernetesObject> {
  readonly objects: Map<string, T> = new Map()
  /** Resolves with the first list. Rejects if the API refuses it. */
  readonly synced: Promise<void>
  /** Never resolves. Rejects when the API is lost for good. */
  readonly lost: Promise<never>
  readonly #options: InformerOptions<T>
  readonly #stop = new AbortController()
  #version = ''

  constructor(options: InformerOptions<T>) {
    this.#options = options
    this.synced = this.#list()
    this.lost = this.synced.then(
      () => this.#follow(),
      () => new Promise<never>(() => {}),
    )
    // Without a handler a rejection would end the process before a caller awaits the promise.
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
    const reportGap = (): void => {
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
        await this.#watch(reportGap)
        // oxlint-disable-next-line no-await-in-loop -- protects a server that ends every watch at once
        await sleep(SHORT_PAUSE_MS)
      } catch (error) {
        if (this.#stop.signal.aborted) break
        brokenAt ??= now()
        const expired = error instanceof ApiError && error.status === 410
        listAgain ||= expired
        if (!expired && (!isPassing(error) || now() - brokenAt > LOST_LIMIT_MS)) {
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
    // An object that was deleted and created again since the last event is a new object, not a changed one.
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) this.#remove(object.metadata.name)
    const known = this.objects.get(object.metadata.name)
    if (known !== undefined && known.metadata.resourceVersion === object.metadata.resourceVersion) return
    this.objects.set(object.metadata.name, object)
    this.#options.onChange(object, known)
  }

  /** @param last the object at its deletion, if the API sent it. */
  #remove(name: string, last?: T): void {
    const known = this.objects.get(name)
    if (known === undefined) return
    if (last !== undefined && last.metadata.uid === known.metadata.uid) this.#put(last)
    const final = this.objects.get(name)
    this.objects.delete(name)
    this.#options.onChange(undefined, final)
  }
}
