import { HarnessError, UsageError } from '../../../base/errors.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../../../base/clock.js'
import { ApiError } from '../api/api-error.js'
import type { Client } from '../api/client.js'
import type { Kind } from '../workload/kinds.js'
import { firstLine } from '../api/kubeconfig.js'
import type { KubernetesObject, PodTemplate, Service, Workload } from '../api/objects.js'
import { explainApi } from '../api/explain.js'
import { matches, nodePortOf, twinName, twinService, twinWorkload } from './twin-objects.js'
import { MANAGED_BY } from '../workload/copies.js'
import { workloadPath } from '../workload/workload.js'

export interface TwinOptions {
  readonly client: Client
  readonly kind: Kind
  readonly namespace: string
  readonly original: Workload
  readonly services: readonly Service[]
  /** The URLs of the original. */
  readonly urls: readonly string[]
  /** The URLs of the twin, if it has no node port of its own. */
  readonly twinUrls: readonly string[] | undefined
}

export interface Twin {
  readonly workload: Workload
  readonly urls: readonly string[]
}

const API_LIMIT_MS = 60_000
const PAUSE_MS = 500
/** The time for a deleted twin to be gone, beside the grace period of its pods. */
const DELETION_LIMIT_MS = 60_000

/** Reads the Services of a namespace. */
export async function readServices(client: Client, namespace: string): Promise<readonly Service[]> {
  try {
    const { items } = await client.call<{ items: Service[] }>('GET', servicePath(namespace))
    return items
  } catch (error) {
    throw explainApi(error, client, 'usage', `reading the Services of namespace ${namespace}`)
  }
}

/**
 * Creates the twin: a workload of the same kind with a NodePort Service. Removes the twin of an earlier run first.
 *
 * @throws {UsageError} the URLs do not reach the twin, its name is taken, or the API refuses.
 */
export async function createTwin(options: TwinOptions, template: PodTemplate): Promise<Twin> {
  const { client, kind, namespace, original, services, urls, twinUrls } = options
  const name = twinName(original.metadata.name, kind)
  const which = `${kind.name} ${original.metadata.name}`
  const routes = urls.map((url) => ({ url, route: nodePortOf(url, original, services) }))
  const unroutable = routes.find(({ route }) => route === undefined)
  if (twinUrls === undefined && unroutable !== undefined) {
    throw new UsageError(
      `${unroutable.url} is not a node port of a Service of ${which}, so the address of its twin is not known: give it with --twin-url (the Service ${name} in namespace ${namespace} leads to the twin)`,
    )
  }
  const labels = original.spec.template.metadata?.labels ?? {}
  const service =
    routes.find(({ route }) => route !== undefined)?.route?.service ??
    services.find(({ metadata }) =>
      urls.some((url) => new URL(url).hostname.startsWith(`${metadata.name}.${namespace}.svc`)),
    ) ??
    services.find(({ spec }) => matches({ matchLabels: spec.selector ?? {} }, labels))
  if (service === undefined) {
    throw new UsageError(
      `no Service of namespace ${namespace} selects the pods of ${which}, so the twin has none to copy: create one, or leave the twin out with --no-twin`,
    )
  }

  await assertNameIsFree(client, kind, namespace, name)
  await removeTwin({ client, kind, namespace, original })
  try {
    const workload = await client.call<Workload>('POST', workloadPath(kind, namespace), {
      body: twinWorkload(kind, original, name, template),
    })
    const created = await client.call<Service>('POST', servicePath(namespace), { body: twinService(service, name) })
    const own = (url: string, port: number | undefined): string => {
      const nodePort = created.spec.ports?.find((each) => each.port === port)?.nodePort
      return Object.assign(new URL(url), { port: String(nodePort) }).href.replace(/\/$/u, '')
    }
    return { workload, urls: twinUrls ?? routes.map(({ url, route }) => own(url, route?.port.port)) }
  } catch (error) {
    throw explainApi(error, client, 'usage', `creating the twin ${name}`)
  }
}

/** Refuses to replace an object that has the twin's name but was not created by a run. */
async function assertNameIsFree(client: Client, kind: Kind, namespace: string, name: string): Promise<void> {
  const kinds = [
    [kind.name, workloadPath(kind, namespace, name)] as const,
    ['Service', servicePath(namespace, name)] as const,
  ]
  for (const [what, path] of kinds) {
    // oxlint-disable-next-line no-await-in-loop -- two reads
    const found = await find(client, path)
    if (found !== undefined && !isTwin(found)) {
      throw new UsageError(
        `${what} ${name} in namespace ${namespace} has the name of the twin, but no earlier run created it: rename or remove it`,
      )
    }
  }
}

/**
 * Removes the twin with its pods, and waits until it is gone.
 *
 * @throws {HarnessError} the API refuses or does not answer. The message says what is left to do.
 */
async function removeTwin({
  client,
  kind,
  namespace,
  original,
}: Pick<TwinOptions, 'client' | 'kind' | 'namespace' | 'original'>): Promise<void> {
  const name = twinName(original.metadata.name, kind)
  const paths = [servicePath(namespace, name), workloadPath(kind, namespace, name)]
  const grace = (original.spec.template.spec.terminationGracePeriodSeconds ?? 30) * 1_000
  try {
    await Promise.all(paths.map((path) => remove(client, path, grace + DELETION_LIMIT_MS)))
  } catch (error) {
    const way = `remove it with 'kubectl delete -n ${namespace} ${kind.word},service ${name}'`
    throw new HarnessError(`the twin ${name} could not be removed (${firstLine(error)}): ${way}`, {
      cause: error,
    })
  }
}

/** Removes the twin. Returns what is left to do by hand, in one sentence. Never throws. */
export async function cleanUpTwin(
  options: Pick<TwinOptions, 'client' | 'kind' | 'namespace' | 'original'>,
): Promise<string | undefined> {
  try {
    await removeTwin(options)
    return undefined
  } catch (error) {
    return firstLine(error)
  }
}

async function remove(client: Client, path: string, limitMs: number): Promise<void> {
  const found = await find(client, path)
  if (found === undefined || !isTwin(found)) return
  // Foreground deletion keeps the workload until its last pod is gone.
  const body = { propagationPolicy: 'Foreground', preconditions: { uid: found.metadata.uid } }
  await client.persist(API_LIMIT_MS, 'DELETE', path, { body }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
  const end = now() + limitMs
  // oxlint-disable-next-line no-await-in-loop -- one read after the other
  while ((await find(client, path))?.metadata.uid === found.metadata.uid) {
    if (now() > end) throw new Error(`still there ${Math.round(limitMs / 1_000)} s after its deletion`)
    // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
    await sleep(PAUSE_MS)
  }
}

async function find(client: Client, path: string): Promise<KubernetesObject | undefined> {
  try {
    return await client.persist<KubernetesObject>(API_LIMIT_MS, 'GET', path)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404

const isTwin = ({ metadata }: KubernetesObject): boolean =>
  Object.entries(MANAGED_BY).every(([label, value]) => metadata.labels?.[label] === value)

function servicePath(namespace: string, name = ''): string {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`
  return name === '' ? path : `${path}/${encodeURIComponent(name)}`
}
