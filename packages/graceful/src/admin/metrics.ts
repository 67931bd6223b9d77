import { Counter, Gauge, Registry } from 'prom-client'
import type { HookResult, MetricsRegistry, OpenConnection, State } from '../types.js'

/** Sources of the metrics. A scrape reads them, so a request costs nothing for the metrics. */
export interface MetricsSources {
  readonly lifecycle: { readonly state: State; durations(): Partial<Record<State, number>> }
  readonly arrivals: { readonly requests: number; readonly connections: number; readonly lastMs: number | undefined }
  readonly hooks: { readonly results: readonly HookResult[] }
  readonly background: { readonly size: number }
  readonly connections: { describe(): OpenConnection[] }
  readonly shutdown: { readonly forced: readonly OpenConnection[] }
}

const states: readonly State[] = ['starting', 'ready', 'lameDuck', 'draining', 'closing', 'terminated']

/** Registers the metrics of one service. */
export class Metrics {
  readonly #registry: MetricsRegistry
  readonly #names: string[] = []

  constructor(
    registry: MetricsRegistry | undefined,
    { lifecycle, arrivals, hooks, background, connections, shutdown }: MetricsSources,
  ) {
    this.#registry = registry ?? new Registry()
    const registers = [this.#registry as Registry]
    const own = (name: string): string => {
      this.#names.push(name)
      return name
    }
    // A scrape collects all gauges in one turn, so two gauges can share one description of the connections.
    let described: OpenConnection[] | undefined
    const describe = (): OpenConnection[] => {
      if (described === undefined) {
        described = connections.describe()
        queueMicrotask(() => {
          described = undefined
        })
      }
      return described
    }
    const openConnections = new Gauge({
      name: own('graceful_connections'),
      help: 'Open connections of the application, by kind and phase.',
      labelNames: ['kind', 'phase'],
      registers,
      collect() {
        openConnections.reset()
        for (const { kind, phase } of describe()) openConnections.inc({ kind, phase })
      },
    })
    const state = new Gauge({
      name: own('graceful_state'),
      help: 'State of the service: 1 for the current state, 0 for the others.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const name of states) state.set({ state: name }, name === lifecycle.state ? 1 : 0)
      },
    })
    const inFlight = new Gauge({
      name: own('graceful_requests_in_flight'),
      help: 'Requests in flight: connections and HTTP/2 streams that receive a request or send a response.',
      registers,
      collect() {
        const busy = describe().filter(({ phase }) => ['head', 'request', 'response'].includes(phase))
        inFlight.set(busy.length)
      },
    })
    const backgroundWork = new Gauge({
      name: own('graceful_background_work'),
      help: 'Background work in progress that the shutdown waits for.',
      registers,
      collect() {
        backgroundWork.set(background.size)
      },
    })
    const duration = new Gauge({
      name: own('graceful_state_duration_seconds'),
      help: 'Time that the service has spent in each state.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [name, ms] of Object.entries(lifecycle.durations())) duration.set({ state: name }, ms / 1_000)
      },
    })
    const hookDuration = new Gauge({
      name: own('graceful_hook_duration_seconds'),
      help: 'Duration of each shutdown hook, by phase and outcome.',
      labelNames: ['hook', 'phase', 'outcome'],
      registers,
      collect() {
        for (const { name, phase, outcome, durationMs } of hooks.results) {
          hookDuration.set({ hook: name, phase, outcome }, durationMs / 1_000)
        }
      },
    })
    const lastArrival = new Gauge({
      name: own('graceful_last_arrival_seconds'),
      help: 'Time from the signal to the last new connection, probes excluded.',
      registers,
      collect() {
        if (arrivals.lastMs !== undefined) lastArrival.set(arrivals.lastMs / 1_000)
      },
    })
    const counted: readonly (readonly [name: string, help: string, value: () => number])[] = [
      ['requests_after_signal', 'Requests that the application received after the signal.', () => arrivals.requests],
      [
        'connections_after_signal',
        'Connections that the servers accepted after the signal.',
        () => arrivals.connections,
      ],
      ['forced_closes', 'Connections that were cut near the deadline.', () => shutdown.forced.length],
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

  /** Collects the metrics in the registry's text format. */
  async scrape(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() }
  }

  /** Removes the metrics from the caller's registry. */
  unregister(): void {
    for (const name of this.#names) this.#registry.removeSingleMetric?.(name)
  }
}
