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

/** The metrics in one registry, and the attachments that they cover. Copies of the library in one process share them. */
interface RegisteredMetrics {
  readonly sources: Set<MetricsSources>
  /** Metrics of prom-client, with their names. */
  readonly metrics: ReadonlyMap<string, object>
}

/**
 * The metrics of one attachment. Several attachments can share a registry: each metric then covers all of them. Numbers are added up;
 * of durations the longest counts.
 */
export class Metrics {
  readonly #registry: MetricsRegistry
  readonly #registered: RegisteredMetrics
  readonly #own: MetricsSources

  constructor(registry: MetricsRegistry | undefined, known: WeakMap<MetricsRegistry, object>, own: MetricsSources) {
    this.#registry = registry ?? new Registry()
    this.#own = own
    this.#registered = (known.get(this.#registry) as RegisteredMetrics | undefined) ?? createMetrics()
    // A registry accepts the same metric twice. After its `clear()`, it needs the metrics again.
    for (const metric of this.#registered.metrics.values()) this.#registry.registerMetric(metric as never)
    this.#registered.sources.add(own)
    known.set(this.#registry, this.#registered)
  }

  /** Collects the metrics in the registry's text format. */
  async scrape(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() }
  }

  /** Removes this attachment from the metrics, and the metrics of the last attachment from the registry. */
  unregister(): void {
    const { sources, metrics } = this.#registered
    sources.delete(this.#own)
    if (sources.size > 0) return
    for (const name of metrics.keys()) this.#registry.removeSingleMetric?.(name)
  }
}

function createMetrics(): RegisteredMetrics {
  const sources = new Set<MetricsSources>()
  const metrics = new Map<string, object>()
  const from = <T>(read: (source: MetricsSources) => readonly T[]): T[] => [...sources].flatMap(read)
  // A scrape collects all gauges in one turn, so two gauges can share one description of the connections.
  let described: OpenConnection[] | undefined
  const describe = (): OpenConnection[] => {
    if (described === undefined) {
      described = from(({ connections }) => connections.describe())
      queueMicrotask(() => {
        described = undefined
      })
    }
    return described
  }
  const gauge = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void): void => {
    const metric = new Gauge({
      name: `graceful_${name}`,
      help,
      labelNames,
      registers: [],
      collect() {
        this.reset()
        collect(this)
      },
    })
    metrics.set(`graceful_${name}`, metric)
  }
  const counter = (name: string, help: string, read: (source: MetricsSources) => number): void => {
    const metric = new Counter({
      name: `graceful_${name}_total`,
      help,
      registers: [],
      collect() {
        this.reset()
        this.inc(from((source) => [read(source)]).reduce((sum, value) => sum + value, 0))
      },
    })
    metrics.set(`graceful_${name}_total`, metric)
  }

  gauge('connections', 'Open connections of the application, by kind and phase.', ['kind', 'phase'], (metric) => {
    for (const { kind, phase } of describe()) metric.inc({ kind, phase })
  })
  gauge('state', 'State of the service: 1 for the current state, 0 for the others.', ['state'], (metric) => {
    for (const name of states) metric.set({ state: name }, 0)
    for (const { lifecycle } of sources) metric.inc({ state: lifecycle.state })
  })
  gauge(
    'requests_in_flight',
    'Requests in flight: connections and HTTP/2 streams that receive a request or send a response.',
    [],
    (metric) => metric.set(describe().filter(({ phase }) => ['head', 'request', 'response'].includes(phase)).length),
  )
  gauge('background_work', 'Background work in progress that the shutdown waits for.', [], (metric) =>
    metric.set(from(({ background }) => [background.size]).reduce((sum, size) => sum + size, 0)),
  )
  gauge('state_duration_seconds', 'Time that the service has spent in each state.', ['state'], (metric) => {
    const durations = from(({ lifecycle }) => Object.entries(lifecycle.durations()))
    for (const [state, ms] of ascending(durations, ([, value]) => value)) metric.set({ state }, ms / 1_000)
  })
  gauge(
    'hook_duration_seconds',
    'Duration of each shutdown hook, by phase and outcome.',
    ['hook', 'phase', 'outcome'],
    (metric) => {
      const results = from(({ hooks }) => hooks.results)
      for (const { name, phase, outcome, durationMs } of ascending(results, (result) => result.durationMs)) {
        metric.set({ hook: name, phase, outcome }, durationMs / 1_000)
      }
    },
  )
  gauge('last_arrival_seconds', 'Time from the signal to the last new connection, probes excluded.', [], (metric) =>
    metric.set(Math.max(0, ...from(({ arrivals }) => [arrivals.lastMs ?? 0])) / 1_000),
  )
  counter(
    'requests_after_signal',
    'Requests that the application received after the signal.',
    ({ arrivals }) => arrivals.requests,
  )
  counter(
    'connections_after_signal',
    'Connections that the servers accepted after the signal.',
    ({ arrivals }) => arrivals.connections,
  )
  counter('forced_closes', 'Connections that were cut near the deadline.', ({ shutdown }) => shutdown.forced.length)
  return { sources, metrics }
}

/** Sorts by a number, so that the highest one is set last. */
const ascending = <T>(values: readonly T[], by: (value: T) => number): T[] =>
  values.toSorted((left, right) => by(left) - by(right))
