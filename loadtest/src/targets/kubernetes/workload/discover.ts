import { UsageError } from '../../../base/errors.js'
import { Client } from '../api/client.js'
import { mainService, withoutRolloutHash } from './argo.js'
import type { WorkloadName } from './kinds.js'
import { loadKubeconfig } from '../api/kubeconfig.js'
import type { KubeconfigOptions } from '../api/kubeconfig.js'
import { explainApi } from '../api/explain.js'
import type { ServicePort } from '../api/objects.js'
import { readWorkload } from './workload.js'

export interface DiscoverOptions extends KubeconfigOptions {
  readonly namespace: string
  readonly workload: WorkloadName
}

interface ServiceList {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly spec: {
      readonly selector?: Readonly<Record<string, string>>
      readonly ports?: readonly ServicePort[]
    }
  }[]
}

interface NodeList {
  readonly items: readonly {
    readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] }
  }[]
}

/**
 * Returns the URLs of a workload from outside the cluster: the NodePort of the Service that selects its pods, at the InternalIP of
 * every node.
 *
 * @throws {UsageError} no such URL exists, or the API refuses. The message suggests --url.
 */
export async function discoverUrls({ namespace, workload, ...access }: DiscoverOptions): Promise<string[]> {
  const client = new Client(await loadKubeconfig(access))
  const read = await readWorkload(client, workload.kind, namespace, workload.name)
  const labels = read.spec.template.metadata?.labels ?? {}
  const main = mainService(read)
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`
  const services = await ask<ServiceList>(client, path, 'finding the address of the service (--url gives it)')
  const ports = services.items
    .filter(({ metadata: { name }, spec: { selector } }) =>
      main === undefined ? selects(withoutRolloutHash(selector), labels) : name === main,
    )
    .flatMap((service) => service.spec.ports ?? [])
    .filter(({ nodePort, protocol = 'TCP' }) => nodePort !== undefined && protocol === 'TCP')
  const chosen = ports.find(({ name }) => name === 'http') ?? ports[0]
  if (chosen === undefined) {
    throw new UsageError(
      `no Service with a NodePort in namespace ${namespace} selects the pods of ${workload.name}: give its addresses with --url`,
    )
  }
  const nodes = await ask<NodeList>(
    client,
    '/api/v1/nodes',
    'finding the nodes of the cluster (--url gives an address)',
  )
  const addresses = nodes.items.flatMap(({ status }) =>
    (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
  )
  if (addresses.length > 0)
    return addresses.map((address) => `${schemeOf(chosen)}://${inUrl(address)}:${chosen.nodePort}`)
  throw new UsageError('no node of the cluster has an InternalIP: give the addresses of the service with --url')
}

/** Returns the scheme of a port of a Service: https if its `appProtocol` or its name says so, or if it is the port 443. */
export const schemeOf = ({ name, port, appProtocol }: ServicePort): 'http' | 'https' =>
  [name, appProtocol].includes('https') || port === 443 ? 'https' : 'http'

async function ask<T>(client: Client, path: string, doing: string): Promise<T> {
  try {
    return await client.call<T>('GET', path)
  } catch (error) {
    throw explainApi(error, client, 'usage', doing)
  }
}

const selects = (selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean => {
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value)
}

const inUrl = (address: string): string => (address.includes(':') ? `[${address}]` : address)
