import type { TargetEvent } from '../../target.js'
import { now, toEpoch } from '../../../base/clock.js'

/** A pod as the EndpointSlice of its Service shows it. */
export interface Endpoint {
  readonly pod: string
  /** On 127.0.0.1. */
  readonly port: number
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
}

/** Something that routes by endpoints and learns of each change some time after it. */
export interface EndpointSubscriber {
  /** The base URL that clients use to go through it. */
  readonly url: string
  /** From now on new connections go to these. */
  route(endpoints: readonly Endpoint[]): void
}

export interface Endpoints {
  /** The endpoints are now these. Subscribers learn of it after a delay of their own, in the order of the changes. */
  publish(endpoints: readonly Endpoint[]): void
  /** Adds a subscriber, which knows the present state at once; `delay` draws its delay in ms for each change. */
  subscribe(subscriber: EndpointSubscriber, delay: () => number): void
  /** Fulfilled when no change is on its way to any subscriber. */
  settled(): Promise<void>
  /** No change on its way arrives any more. */
  close(): void
}

/**
 * The Service's endpoints and the way of a change to every load balancer.
 *
 * Sources: `podToEndpoint` in k8s.io/endpointslice `utils.go` for what an endpoint's conditions say, `CategorizeEndpoints`
 * in kubernetes `pkg/proxy/topology.go` for which of them a proxy uses.
 */
export function createEndpoints(emit: (event: TargetEvent) => void): Endpoints {
  let current: readonly Endpoint[] = []
  const views: View[] = []

  return {
    publish(endpoints) {
      if (JSON.stringify(endpoints) === JSON.stringify(current)) return
      emitChanges(
        emit,
        current.filter(({ ready }) => ready),
        endpoints.filter(({ ready }) => ready),
      )
      current = endpoints
      for (const view of views) view.learn(endpoints)
    },
    subscribe(subscriber, delay) {
      const view = createView(subscriber, delay, emit)
      view.apply(current)
      views.push(view)
    },
    async settled() {
      await Promise.all(views.map((view) => view.settled()))
    },
    close() {
      for (const view of views) view.close()
    },
  }
}

/** Ready endpoints; where there is none, those that still serve while they terminate (KEP-1669). */
export function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  return ready.length > 0 ? ready : endpoints.filter(({ serving, terminating }) => serving && terminating)
}

interface View {
  learn(endpoints: readonly Endpoint[]): void
  apply(endpoints: readonly Endpoint[]): void
  settled(): Promise<void>
  close(): void
}

function createView(subscriber: EndpointSubscriber, delay: () => number, emit: (event: TargetEvent) => void): View {
  let known: readonly Endpoint[] = []
  let lastDue = 0
  const timers = new Set<NodeJS.Timeout>()
  let waiting: (() => void)[] = []
  const release = (): void => {
    if (timers.size > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }
  const view: View = {
    learn(endpoints) {
      // A proxy applies changes in order: a quick one waits for a slow one before it.
      lastDue = Math.max(lastDue, now() + delay())
      const timer = setTimeout(
        () => {
          timers.delete(timer)
          view.apply(endpoints)
          release()
        },
        Math.max(lastDue - now(), 0),
      )
      timers.add(timer)
    },
    apply(endpoints) {
      const next = usable(endpoints)
      // Route first: once the event says that a pod is out, no new connection reaches it.
      subscriber.route(next)
      emitChanges(emit, known, next, subscriber.url)
      known = next
    },
    settled() {
      return new Promise((resolve) => {
        waiting.push(resolve)
        release()
      })
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      release()
    },
  }
  return view
}

function emitChanges(
  emit: (event: TargetEvent) => void,
  before: readonly Endpoint[],
  after: readonly Endpoint[],
  through?: string,
): void {
  const at = toEpoch(now())
  const path = through === undefined ? {} : { through }
  for (const { pod } of after) {
    if (!before.some((endpoint) => endpoint.pod === pod)) emit({ at, type: 'endpoint-added', pod, ...path })
  }
  for (const { pod } of before) {
    if (!after.some((endpoint) => endpoint.pod === pod)) emit({ at, type: 'endpoint-removed', pod, ...path })
  }
}
