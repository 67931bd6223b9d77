import type { TargetEvent } from '../../targets/target.js'
import { lifeAt, phaseOf } from './pod-life.js'
import type { PodLife } from './pod-life.js'
import { failedReadiness } from './readiness.js'

/** A period in which something went unseen. */
export interface Gap {
  /** Epoch ms of its end, when it was noticed. */
  readonly at: number
  /** `watch`: pods and endpoints. `log`: lines of the server logs. */
  readonly of: 'watch' | 'log'
  readonly detail: string
}

type Draft = { -readonly [Key in keyof PodLife]: PodLife[Key] }

/** Proxies may still send requests to a pod that exited this long ago, in ms. */
const JUST_ENDED = 10_000

/** The events of a target, in order and by pod. */
export class Timeline {
  readonly events: TargetEvent[] = []
  readonly #pods = new Map<string, Draft>()
  /** Lives that ended before another pod got their name. */
  readonly #earlier: Draft[] = []
  /** When each load balancer last removed each pod, if the load balancer reports it. */
  readonly #switches = new Map<string, number>()

  add(event: TargetEvent): void {
    this.events.push(event)
    if (!('pod' in event)) return
    const life = this.#life(event)
    switch (event.type) {
      case 'pod-created':
        life.createdAt = event.at
        life.version = event.version
        break
      case 'pod-ready':
        life.readyAt ??= event.at
        break
      case 'pod-unready':
        life.unreadyAt = event.at
        break
      case 'pod-terminating':
        life.terminatingAt ??= event.at
        break
      case 'pod-killed':
        life.killedAt = event.at
        break
      case 'listener-closed':
        life.socketClosedAt = event.at
        life.waitingAtClose = event.waiting
        break
      case 'endpoint-added':
        break
      case 'endpoint-removed':
        if (event.through === undefined) life.endpointRemovedAt = event.at
        else this.#switches.set(`${event.pod} ${event.through}`, event.at)
        life.firstEndpointRemovedAt ??= event.at
        life.lastEndpointRemovedAt = event.at
        break
      case 'pod-gone':
        life.goneAt = event.at
        // The clock of a node can differ from that of this machine.
        life.exitedAt =
          event.exitedAt === undefined ? null : Math.min(event.at, Math.max(event.exitedAt, life.terminatingAt ?? 0))
        life.exitCode = event.exitCode
        life.killed = event.killed
        life.wrapper = event.wrapper ?? null
        break
    }
  }

  /** Every life. Lives of one name are in order. */
  get pods(): readonly PodLife[] {
    return [...this.#earlier, ...this.#pods.values()]
  }

  /** Pods that got SIGTERM. */
  get terminations(): readonly PodLife[] {
    return this.pods.filter(({ terminatingAt }) => terminatingAt !== null)
  }

  /** When the rollout began, epoch ms; undefined before. */
  get rolloutStartedAt(): number | undefined {
    return this.events.find(({ type }) => type === 'rollout-started')?.at
  }

  /** Returns the pod that had that name at that epoch time. */
  pod(name: string, at: number): PodLife | undefined {
    return lifeAt(
      this.pods.filter(({ pod }) => pod === name),
      at,
    )
  }

  get gaps(): readonly Gap[] {
    return this.events.flatMap((event) => {
      if (event.type !== 'watch-gap' && event.type !== 'log-gap') return []
      return {
        at: event.at,
        of: event.type === 'log-gap' ? ('log' as const) : ('watch' as const),
        detail: event.detail,
      }
    })
  }

  /** Returns whether a pod that was not ending failed its readiness then. See {@link failedReadiness}. */
  isUnready(at: number): boolean {
    return this.pods.some((life) => failedReadiness(life, this.events, at))
  }

  /** Returns the only pod that was terminating or had just exited; undefined if there was none, or several. */
  onlyTermination(at: number): string | undefined {
    const found = this.pods.filter(({ terminatingAt, killedAt, goneAt }) => {
      const began = terminatingAt ?? killedAt
      return began !== null && began <= at && (goneAt === null || at < goneAt + JUST_ENDED)
    })
    return found.length === 1 ? found[0]?.pod : undefined
  }

  /** Returns when the load balancer of this URL stopped sending new connections to the pod; undefined if unknown. */
  switchedAt(pod: string, url: string): number | undefined {
    return this.#switches.get(`${pod} ${url}`)
  }

  /**
   * Describes a moment relative to the terminations of the rollout: `+120 ms after old-1 got SIGTERM`.
   *
   * @param pod the pod that is known to be concerned. Otherwise the last pod that got SIGTERM is named.
   */
  phaseAt(at: number, pod?: string): string {
    const known = pod === undefined ? undefined : this.pod(pod, at)
    if (known) return phaseOf(known, at) ?? `${pod} had not got SIGTERM; ${this.#lastTermination(at)}`
    return this.#lastTermination(at)
  }

  #lastTermination(at: number): string {
    const opened = this.events.find(({ type }) => type === 'window-opened')
    if (opened !== undefined) return this.#inWindow(at, opened.at)
    const last = this.terminations
      .filter(({ terminatingAt }) => terminatingAt !== null && terminatingAt <= at)
      .toSorted((left, right) => (right.terminatingAt ?? 0) - (left.terminatingAt ?? 0))[0]
    return (last && phaseOf(last, at)) ?? 'before any pod got SIGTERM'
  }

  #inWindow(at: number, openedAt: number): string {
    const closedAt = this.events.find(({ type }) => type === 'window-closed')?.at ?? Infinity
    if (at < openedAt) return 'before the window of the restart'
    const after = `${Math.round(at - openedAt)} ms after the restart began`
    return at < closedAt ? after : `${after}, after its window`
  }

  #life({ pod, type }: TargetEvent & { readonly pod: string }): Draft {
    const known = this.#pods.get(pod)
    const isOver = type === 'pod-created' && known !== undefined && known.goneAt !== null
    if (known && !isOver) return known
    if (known) this.#earlier.push(known)
    const draft: Draft = {
      pod,
      life: (known?.life ?? 0) + 1,
      version: null,
      createdAt: null,
      readyAt: null,
      unreadyAt: null,
      terminatingAt: null,
      killedAt: null,
      endpointRemovedAt: null,
      firstEndpointRemovedAt: null,
      lastEndpointRemovedAt: null,
      goneAt: null,
      exitedAt: null,
      exitCode: null,
      killed: false,
      socketClosedAt: null,
      waitingAtClose: null,
      wrapper: null,
    }
    this.#pods.set(pod, draft)
    return draft
  }
}
