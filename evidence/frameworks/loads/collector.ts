import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Load } from './load.ts'

/** Returns the load with a collector of OpenTelemetry beside it, which takes everything that the service exports. */
export const withCollector = (load: Load): Load => ({
  ...load,
  async prepare() {
    const collector = createServer((request, response) => {
      request.resume()
      request.on('end', () => response.end())
    }).listen(0, '127.0.0.1')
    await once(collector, 'listening')
    const { port } = collector.address() as AddressInfo
    return {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
      async remove() {
        collector.close()
        collector.closeAllConnections()
      },
    }
  },
})
