import { Counter, Gauge, Registry } from 'prom-client'
import type { HookResult } from '../hooks.js'
import type { State } from '../lifecycle.js'
import type { OpenConnection } from '../report.js'

/** A prom-client registry, by its shape: prom-client and its successor share it, and neither's class is needed. */
export interface MetricsRegistry {
  readonly contentType: string
  metrics(): Promise<string>
  registerMetric(metric: never): void
  removeSingleMetric?(name: string): void
}

/** What the metrics are read from, at the moment of a scrape: nothing is counted for their sake. */
export interface MetricsSource {
  readonly state: State
  readonly arrivals: { readonly requests: number; readonly connections: number; readonly lastMs: number | undefined }
  readonly hookResults: readonly HookResult[]
  readonly forcedCloses: number
  describe(): OpenConnection[]
  durations(): Partial<Record<State, number>>
}

const states: readonly State[] = ['starting', 'ready', 'lameDuck', 'draining', 'closing', 'terminated']

export class Metrics {
  readonly registry: MetricsRegistry
  readonly #names: string[] = []

  constructor(registry: MetricsRegistry | undefined, source: MetricsSource) {
    this.registry = registry ?? new Registry()
    const registers = [this.registry as Registry]
    const own = (name: string): string => {
      this.#names.push(name)
      return name
    }
    // Two gauges of one scrape, which collects them all in one turn, are read from one look at the connections.
    let looked: OpenConnection[] | undefined
    const describe = (): OpenConnection[] => {
      if (looked === undefined) {
        looked = source.describe()
        queueMicrotask(() => {
          looked = undefined
        })
      }
      return looked
    }
    const openConnections = new Gauge({
      name: own('graceful_connections'),
      help: 'Open connections of the application, by what they are doing.',
      labelNames: ['kind', 'phase'],
      registers,
      collect() {
        openConnections.reset()
        for (const { kind, phase } of describe()) openConnections.inc({ kind, phase })
      },
    })
    const state = new Gauge({
      name: own('graceful_state'),
      help: 'The state of the service: 1 for the one that it is in.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const name of states) state.set({ state: name }, name === source.state ? 1 : 0)
      },
    })
    const inFlight = new Gauge({
      name: own('graceful_requests_in_flight'),
      help: 'Connections on which a request is being received or answered.',
      registers,
      collect() {
        const busy = describe().filter(({ phase }) => ['head', 'request', 'response'].includes(phase))
        inFlight.set(busy.length)
      },
    })
    const duration = new Gauge({
      name: own('graceful_state_duration_seconds'),
      help: 'How long each state that was entered has lasted.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [name, ms] of Object.entries(source.durations())) duration.set({ state: name }, ms / 1_000)
      },
    })
    const hookDuration = new Gauge({
      name: own('graceful_hook_duration_seconds'),
      help: 'How long each shutdown hook took, and how it ended.',
      labelNames: ['hook', 'outcome'],
      registers,
      collect() {
        for (const { name, outcome, durationMs } of source.hookResults) {
          hookDuration.set({ hook: name, outcome }, durationMs / 1_000)
        }
      },
    })
    const lastArrival = new Gauge({
      name: own('graceful_last_arrival_seconds'),
      help: 'How long after the signal the last new connection arrived that was no probe.',
      registers,
      collect() {
        if (source.arrivals.lastMs !== undefined) lastArrival.set(source.arrivals.lastMs / 1_000)
      },
    })
    const counted: readonly (readonly [name: string, help: string, value: () => number])[] = [
      [
        'requests_after_signal',
        'Requests that arrived after the signal, and were served.',
        () => source.arrivals.requests,
      ],
      ['connections_after_signal', 'Connections accepted after the signal.', () => source.arrivals.connections],
      ['forced_closes', 'Connections still open at the deadline, and destroyed.', () => source.forcedCloses],
    ]
    for (const [name, help, value] of counted) {
      const counter = new Counter({
        name: own(`graceful_${name}_total`),
        help,
        registers,
        collect() {
          counter.reset()
          counter.inc(value())
        },
      })
    }
  }
  /** Takes them out of the caller's registry again. */
  unregister(): void {
    for (const name of this.#names) this.registry.removeSingleMetric?.(name)
  }
}
