import { once } from 'node:events'
import { createServer } from 'node:http'
import * as prometheusIo from '@prometheus-io/client'
import * as promClient from 'prom-client'
import { expect, test } from 'vitest'
import { createGraceful, type MetricsRegistry } from '../../src/index.js'

const { PROMETHEUS_CONTENT_TYPE: TEXT, OPENMETRICS_CONTENT_TYPE: OPENMETRICS } = prometheusIo.Registry

const openMetrics = new promClient.Registry<promClient.OpenMetricsContentType>()
openMetrics.setContentType(OPENMETRICS)

/** Returns the names of the samples in a scrape. */
const names = (text: string): string[] => [...text.matchAll(/^[a-z_]+/gmu)].map(([name]) => name)

test.each<[name: string, type: string, registry: MetricsRegistry]>([
  ['prom-client', TEXT, new promClient.Registry()],
  ['prom-client', OPENMETRICS, openMetrics],
  ['@prometheus-io/client', TEXT, new prometheusIo.Registry()],
  ['@prometheus-io/client', OPENMETRICS, new prometheusIo.Registry(OPENMETRICS)],
])('a registry of %s with the content type %s gets the metrics', async (_name, type, registry) => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const options = { metrics: { registry }, admin: { port: 0 }, signals: [], exit: false, logger: false } as const
  const graceful = createGraceful(server, options)
  const url = `http://127.0.0.1:${await graceful.adminListening}/metrics`
  const scrape = async (): Promise<readonly [type: string | null, text: string]> => {
    const response = await fetch(url)
    return [response.headers.get('content-type'), await response.text()]
  }

  const first = await scrape()
  expect(first[0]).toBe(type)
  expect(first[1]).toContain('graceful_state{state="ready"} 1\n')
  expect(first[1]).toContain('graceful_forced_closes_total 0\n')
  // A scrape changes the names of the counters in a registry with the content type of OpenMetrics.
  expect(names((await scrape())[1])).toEqual(names(first[1]))

  graceful.uninstall()
  expect(names(await registry.metrics())).toEqual([])
  server.close()
})
