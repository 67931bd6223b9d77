import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parser } from '@prometheus-io/lezer-promql'
import { beforeAll, describe, expect, it } from 'vitest'
import { named } from './shipped.ts'

interface Panel {
  title: string
  targets: { expr: string; legendFormat: string }[]
}
interface Dashboard {
  panels: Panel[]
  templating: { list: { name: string; query: string }[] }
}

const dashboard = JSON.parse(
  readFileSync(new URL('../components/monitoring/dashboard.json', import.meta.url), 'utf8'),
) as Dashboard
const targets = dashboard.panels.flatMap(({ title, targets: all }) => all.map((target) => ({ title, ...target })))

/** The labels that the Prometheus operator adds to every metric of a PodMonitor. */
const TARGET_LABELS = ['namespace', 'pod', 'container']

/** Counted at the cut, shortly before the admin listener closes, so hardly any scrape sees more than 0. */
const NEVER_SEEN = 'graceful_forced_closes_total'

/** Replaces the variables as Grafana does. */
const filledIn = (expr: string): string => expr.replaceAll('$__range', '15m').replaceAll('$namespace', 'cloud')

/** Returns the metrics and the labels in a query, and the number of its syntax errors. */
const namesIn = (expr: string): { metrics: string[]; labels: string[]; errors: number } => {
  const found = { metrics: [] as string[], labels: [] as string[], errors: 0 }
  parser.parse(expr).iterate({
    enter({ type, from, to, node }) {
      const text = expr.slice(from, to)
      if (type.isError) found.errors += 1
      else if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') found.metrics.push(text)
      else if (type.name === 'LabelName') found.labels.push(text)
    },
  })
  return found
}

/** Returns each metric with its labels, scraped from a service in the middle of its shutdown. */
const scrape = async (): Promise<Map<string, Set<string>>> => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('fixtures/shutting-down.mjs', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout })) lines.push(line)
    const metrics = new Map<string, Set<string>>()
    for (const line of lines) {
      const type = /^# TYPE (\w+)/u.exec(line)
      if (type?.[1] !== undefined && !metrics.has(type[1])) metrics.set(type[1], new Set())
      const [, name = '', labels = ''] = /^(\w+)\{(.*)\} /u.exec(line) ?? []
      for (const [, label = ''] of labels.matchAll(/(\w+)="/gu)) metrics.get(name)?.add(label)
    }
    return metrics
  } finally {
    child.kill('SIGKILL')
  }
}

let metrics: Map<string, Set<string>>
beforeAll(async () => {
  metrics = await scrape()
})

describe('the dashboard', () => {
  it('is the one in overlays/monitored', () => {
    const configMap = named('overlays/monitored').find('ConfigMap')
    expect(configMap?.metadata.labels?.['grafana_dashboard']).toBe('1')
    expect(JSON.parse(configMap?.data['dashboard.json'] ?? '')).toEqual(dashboard)
  })

  it('queries every metric that a scrape can see, and no other', () => {
    const asked = new Set(targets.flatMap(({ expr }) => namesIn(filledIn(expr)).metrics))
    expect([...metrics.keys()]).toContain(NEVER_SEEN)
    expect([...asked].toSorted()).toEqual([...metrics.keys()].filter((name) => name !== NEVER_SEEN).toSorted())
  })

  it.each(targets)('$title: $expr is valid PromQL, with labels that exist', ({ expr, legendFormat }) => {
    const { metrics: names, labels, errors } = namesIn(filledIn(expr))
    expect(errors).toBe(0)
    expect(names).toHaveLength(1)
    const known = new Set([...TARGET_LABELS, ...(metrics.get(names[0] ?? '') ?? [])])
    expect(labels.filter((label) => !known.has(label))).toEqual([])
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/gu)].map(([, label]) => label)
    expect(shown.filter((label) => !labels.includes(label ?? ''))).toEqual([])
  })

  it('selects the namespaces with a metric that exists', () => {
    const namespaces = dashboard.templating.list.find(({ name }) => name === 'namespace')
    const [, metric = ''] = /^label_values\((\w+), namespace\)$/u.exec(namespaces?.query ?? '') ?? []
    expect([...metrics.keys()]).toContain(metric)
  })
})

describe('the check of the queries', () => {
  it.each(['sum(graceful_state{)', 'sum by (pod graceful_state', 'graceful_state{pod=}'])('rejects %s', (expr) => {
    expect(namesIn(expr).errors).toBeGreaterThan(0)
  })
})
