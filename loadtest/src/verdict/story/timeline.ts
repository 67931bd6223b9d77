import type { TargetEvent } from '../../targets/target.js'

/** One pod's life. Epoch ms; null where it was not seen. */
export interface PodLife {
  readonly pod: string
  /** From 1: a StatefulSet gives the name of a pod that has gone to the next one. */
  readonly life: number
  readonly version: string | null
  readonly createdAt: number | null
  readonly readyAt: number | null
  readonly unreadyAt: number | null
  /** SIGTERM. */
  readonly terminatingAt: number | null
  /** SIGKILL without SIGTERM, on purpose. */
  readonly killedAt: number | null
  /** When its EndpointSlice stopped to name it as ready, for the last time. */
  readonly endpointRemovedAt: number | null
  /** When the first and the last of the things that are known to route to it dropped it. */
  readonly firstEndpointRemovedAt: number | null
  readonly lastEndpointRemovedAt: number | null
  readonly goneAt: number | null
  readonly exitCode: number | null
  readonly killed: boolean
}

/** A time in which something went unseen. */
export interface Gap {
  /** Epoch ms of its end, when it was noticed. */
  readonly at: number
  /** `watch`: pods and endpoints; `log`: lines of the servers' logs. */
  readonly of: 'watch' | 'log'
  readonly detail: string
}

type Draft = { -readonly [Key in keyof PodLife]: PodLife[Key] }

/** Proxies send to a pod for some time after it has ended, in ms. */
const JUST_ENDED = 10_000

/** How late load balancers hear of a pod that is ready again, in ms. */
const LATEST_NEWS = 30_000

/** What happened to the target, as it happened and by pod. */
export class Timeline {
  readonly events: TargetEvent[] = []
  readonly #pods = new Map<string, Draft>()
  /** Lives that were over when another pod got their name. */
  readonly #earlier: Draft[] = []
  /** When each load balancer that tells took each pod out, for the last time. */
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
        life.exitCode = event.exitCode
        life.killed = event.killed
        break
    }
  }

  /** Every life, those of one name in order. */
  get pods(): readonly PodLife[] {
    return [...this.#earlier, ...this.#pods.values()]
  }

  /** Pods that got SIGTERM. */
  get terminations(): readonly PodLife[] {
    return this.pods.filter(({ terminatingAt }) => terminatingAt !== null)
  }

  /** The one who had that name then. */
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

  /**
   * Whether a pod that nobody had ended, and that had not ended by itself, failed its readiness then, or so shortly before that not
   * every load balancer can have heard of its return.
   */
  isUnready(at: number): boolean {
    return this.pods.some(({ pod, createdAt, terminatingAt, killedAt, goneAt }) => {
      if ([terminatingAt, killedAt, goneAt].some((end) => end !== null && end <= at)) return false
      return failedReadiness(
        this.events.filter((event) => 'pod' in event && event.pod === pod && event.at >= (createdAt ?? 0)),
        at,
      )
    })
  }

  /** The one pod that was terminating then, or had just ended; undefined where there was none, or several. */
  onlyTermination(at: number): string | undefined {
    const found = this.pods.filter(({ terminatingAt, killedAt, goneAt }) => {
      const began = terminatingAt ?? killedAt
      return began !== null && began <= at && (goneAt === null || at < goneAt + JUST_ENDED)
    })
    return found.length === 1 ? found[0]?.pod : undefined
  }

  /** When the load balancer of this URL stopped to send new connections to the pod; undefined where none tells. */
  switchedAt(pod: string, url: string): number | undefined {
    return this.#switches.get(`${pod} ${url}`)
  }

  /**
   * Where in the rollout a moment lay, in words.
   *
   * @param pod the pod that is known to have been concerned; otherwise the one that got SIGTERM last is named
   */
  phaseAt(at: number, pod?: string): string {
    const known = pod === undefined ? undefined : this.pod(pod, at)
    if (known) return phaseOf(known, at) ?? `${pod} had not got SIGTERM; ${this.#lastTermination(at)}`
    return this.#lastTermination(at)
  }

  #lastTermination(at: number): string {
    const last = this.terminations
      .filter(({ terminatingAt }) => terminatingAt !== null && terminatingAt <= at)
      .toSorted((left, right) => (right.terminatingAt ?? 0) - (left.terminatingAt ?? 0))[0]
    return (last && phaseOf(last, at)) ?? 'before any pod got SIGTERM'
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
      exitCode: null,
      killed: false,
    }
    this.#pods.set(pod, draft)
    return draft
  }
}

/** What is known of an earlier life goes by this name; what is known of the last one by the pod's own. */
export const earlierName = (pod: string, life: number): string => `${pod} (${life})`

/** Of several who had one name, in order: the one who had it then. */
export const lifeAt = <Life extends Pick<PodLife, 'createdAt'>>(lives: readonly Life[], at: number): Life | undefined =>
  lives.findLast(({ createdAt }) => (createdAt ?? 0) <= at) ?? lives[0]

function phaseOf({ pod, terminatingAt, goneAt }: PodLife, at: number): string | undefined {
  if (terminatingAt === null || at < terminatingAt) return undefined
  if (goneAt !== null && at >= goneAt) return `+${Math.round(at - goneAt)} ms after ${pod} was gone`
  return `+${Math.round(at - terminatingAt)} ms after ${pod} got SIGTERM`
}

/** By the events of one pod, none of which has ended it. */
function failedReadiness(own: readonly TargetEvent[], at: number): boolean {
  const failed = own.findLast((event) => event.type === 'pod-unready' && event.at <= at)
  if (failed === undefined) return false
  const since = own.findLast((event) => event.type === 'pod-ready' && event.at <= failed.at)?.at ?? 0
  // Its process ended by itself: its probes had nothing to do with it.
  const crashed = own.some(
    (event) =>
      event.type === 'container-ended' && !/probe/i.test(event.reason) && since <= event.at && event.at <= failed.at,
  )
  const back = own.find((event) => event.type === 'pod-ready' && event.at > failed.at)
  return !crashed && (back === undefined || back.at > at - LATEST_NEWS)
}
