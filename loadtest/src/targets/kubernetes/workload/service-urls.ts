import { UsageError } from '../../../base/errors.js'
import { Client } from '../api/client.js'
import { loadKubeconfig } from '../api/kubeconfig.js'
import type { Service, ServicePort } from '../api/objects.js'
import { readServices } from '../twin/twin.js'
import { matches } from '../twin/twin-objects.js'
import { schemeOf, type DiscoverOptions } from './discover.js'
import { mainService, withoutRolloutHash } from './argo.js'
import { readWorkload } from './workload.js'

/**
 * Returns the URL of a workload from inside the cluster: the name of the Service that selects its pods, and its port `http`, else its
 * first TCP port.
 *
 * @throws {UsageError} no such Service exists, or the API refuses
 */
export async function discoverServiceUrls({ namespace, workload, ...access }: DiscoverOptions): Promise<string[]> {
  const client = new Client(await loadKubeconfig(access))
  const read = await readWorkload(client, workload.kind, namespace, workload.name)
  const main = mainService(read)
  const services = await readServices(client, namespace)
  const urls = services
    .filter(({ metadata: { name }, spec: { selector } }) =>
      main === undefined
        ? matches({ matchLabels: withoutRolloutHash(selector) }, read.spec.template.metadata?.labels ?? {})
        : name === main,
    )
    .flatMap((service) => {
      const port = portOf(service)
      return port === undefined ? [] : [`${schemeOf(port)}://${service.metadata.name}.${namespace}.svc:${port.port}`]
    })
  const [url] = urls
  if (url !== undefined) return [url]
  throw new UsageError(
    `no Service with a TCP port in namespace ${namespace} selects the pods of ${workload.name}: give the address of the service, as pods reach it, with --url`,
  )
}

function portOf({ spec: { ports = [] } }: Service): ServicePort | undefined {
  const tcp = ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP')
  return tcp.find(({ name }) => name === 'http') ?? tcp[0]
}

/** Returns the name of the Service that a URL names from inside the cluster, as `shop` of `http://shop.store.svc:80`. */
const serviceNameIn = (url: string): string | undefined =>
  /^(?<name>[^.]+)\.[^.]+\.svc(?:\.|$)/u.exec(new URL(url).hostname)?.groups?.['name']

/** Returns the URLs of a twin from inside the cluster; undefined if a URL does not name a Service. */
export function twinServiceUrls(urls: readonly string[], twin: string): readonly string[] | undefined {
  const found = urls.map((url) => {
    const { hostname } = new URL(url)
    if (serviceNameIn(url) === undefined) return undefined
    return Object.assign(new URL(url), { hostname: `${twin}${hostname.slice(hostname.indexOf('.'))}` }).href.replace(
      /\/$/u,
      '',
    )
  })
  return found.every((url) => url !== undefined) ? found : undefined
}
