import type { TargetEvent } from '../../target.js'
import { now, toEpoch } from '../../../base/clock.js'

/** The endpoint of a pod in the EndpointSlice of its Service. */
export interface Endpoint {
  readonly pod: string
  /** The port on 127.0.0.1. */
  readonly port: number
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
}

/** A load balancer, which applies each change of the endpoints after a delay. */
export interface EndpointSubscriber {
  /** The base URL for clients. */
  readonly url: string
  /** Sends new connections to these endpoints from now on. */
  route(endpoints: readonly Endpoint[]): void
}

export interface Endpoints {
  /** Publishes the present endpoints. Each subscriber gets them after its own delay, in the order of the changes. */
  publish(endpoints: readonly Endpoint[]): void
  /** Adds a subscriber, which gets the present endpoints at once. `delay` returns the delay of each later change, in ms. */
  subscribe(subscriber: EndpointSubscriber, delay: () => number): void
  /** Resolves when every subscriber has applied every change. */
  propagated(): Promise<void>
  /** Cancels the changes that are still on their way. */
  close(): void
}

/**
 * Creates the endpoints of the Service and propagates their changes to the load balancers.
 *
 * Sources: `podToEndpoint` in k8s.io/endpointslice `utils.go` for the conditions of an endpoint, and `CategorizeEndpoints` in
 * kubernetes `pkg/proxy/topology.go` for the endpoints that a proxy uses.
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
      for (const view of views) view.update(endpoints)
    },
    subscribe(subscriber, delay) {
      const view = createView(subscriber, delay, emit)
      view.apply(current)
      views.push(view)
    },
    async propagated() {
      await Promise.all(views.map((view) => view.propagated()))
    },
    close() {
      for (const view of views) view.close()
    },
  }
}

/** Returns the ready endpoints, or else those that are terminating and still serve (KEP-1669). */
export function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  return ready.length > 0 ? ready : endpoints.filter(({ serving, terminating }) => serving && terminating)
}

interface View {
  update(endpoints: readonly Endpoint[]): void
  apply(endpoints: readonly Endpoint[]): void
  propagated(): Promise<void>
  close(): void
}

function createView(subscriber: EndpointSubscriber, delay: () => number, emit: (event: TargetEvent) => void): View {
  let known: readonly Endpoint[] = []
  let lastDue = 0
  let [published, applied] = [0, 0]
  const timers = new Set<NodeJS.Timeout>()
  let waiting: (() => void)[] = []
  const release = (): void => {
    if (timers.size > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }
  const view: View = {
    update(endpoints) {
      // A proxy applies changes in order, so a fast change waits for a slow one before it.
      lastDue = Math.max(lastDue, now() + delay())
      published += 1
      const number = published
      const timer = setTimeout(
        () => {
          timers.delete(timer)
          // Timers that are due at one moment fire in any order. An older state must not replace a newer one.
          if (number > applied) {
            applied = number
            view.apply(endpoints)
          }
          release()
        },
        Math.max(lastDue - now(), 0),
      )
      timers.add(timer)
    },
    apply(endpoints) {
      const next = usable(endpoints)
      // Route first: after the event no new connection may reach a removed pod.
      subscriber.route(next)
      emitChanges(emit, known, next, subscriber.url)
      known = next
    },
    propagated() {
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
