import { Counter, Gauge, Registry } from 'prom-client'
import type { State } from './lifecycle.js'
import type { OpenConnection } from './report.js'

/** A prom-client registry, by its shape: prom-client and its successor share it, and neither's class is needed. */
export interface MetricsRegistry {
  readonly contentType: string
  metrics(): Promise<string>
  registerMetric(metric: never): void
}

/** What the metrics are read from, at the moment of a scrape: nothing is counted per request. */
export interface MetricsSource {
  readonly state: State
  describe(): OpenConnection[]
  durations(): Partial<Record<State, number>>
}

const states: readonly State[] = ['starting', 'ready', 'lameDuck', 'draining', 'closing', 'terminated']

export class Metrics {
  readonly registry: MetricsRegistry
  readonly requestsAfterSignal: Counter
  readonly connectionsAfterSignal: Counter
  readonly forcedCloses: Counter
  readonly lastArrival: Gauge

  constructor(registry: MetricsRegistry | undefined, source: MetricsSource) {
    this.registry = registry ?? new Registry()
    const registers = [this.registry as Registry]
    const openConnections = new Gauge({
      name: 'graceful_connections',
      help: 'Open connections of the application, by what they are doing.',
      labelNames: ['kind', 'phase'],
      registers,
      collect() {
        openConnections.reset()
        for (const { kind, phase } of source.describe()) openConnections.inc({ kind, phase })
      },
    })
    const state = new Gauge({
      name: 'graceful_state',
      help: 'The state of the service: 1 for the one that it is in.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const name of states) state.set({ state: name }, name === source.state ? 1 : 0)
      },
    })
    const inFlight = new Gauge({
      name: 'graceful_requests_in_flight',
      help: 'Connections on which a request is being received or answered.',
      registers,
      collect() {
        const busy = source.describe().filter(({ phase }) => ['head', 'request', 'response'].includes(phase))
        inFlight.set(busy.length)
      },
    })
    const duration = new Gauge({
      name: 'graceful_state_duration_seconds',
      help: 'How long each state that was entered has lasted.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [name, ms] of Object.entries(source.durations())) duration.set({ state: name }, ms / 1_000)
      },
    })
    this.requestsAfterSignal = new Counter({
      name: 'graceful_requests_after_signal_total',
      help: 'Requests that arrived after the signal, and were served.',
      registers,
    })
    this.connectionsAfterSignal = new Counter({
      name: 'graceful_connections_after_signal_total',
      help: 'Connections that were accepted after the signal.',
      registers,
    })
    this.lastArrival = new Gauge({
      name: 'graceful_last_arrival_seconds',
      help: 'How long after the signal the last new connection arrived.',
      registers,
    })
    this.forcedCloses = new Counter({
      name: 'graceful_forced_closes_total',
      help: 'Connections that were still open at the deadline, and were destroyed.',
      registers,
    })
  }
}
