import { chooseDeployment } from './choose-deployment.js'
import { resolvePort, type ContainerManifest } from './container.js'
import { readDisruptionBudget, type DisruptionBudget } from './disruption-budget.js'
import { readDeployment, type DeploymentManifest } from './deployment.js'
import { readDocuments } from './documents.js'
import { readService, selects, type ServiceManifest, type ServicePort } from './service.js'
import { wrong } from './schema.js'

export type { ContainerManifest, ContainerPort, PreStop, Probe, ProbeHandler } from './container.js'
export type { DeploymentManifest, Strategy } from './deployment.js'
export type { DisruptionBudget } from './disruption-budget.js'
export type { EnvironmentVariable } from './environment.js'
export type { ServiceManifest, ServicePort } from './service.js'
export { resolveFenceposts } from './deployment.js'
export { wrong } from './schema.js'
export { selects } from './service.js'

/** A Deployment and the Service that sends traffic to it. */
export interface Manifests {
  readonly deployment: DeploymentManifest
  readonly service: ServiceManifest
  /** The port of the Service that the load uses. */
  readonly servicePort: ServicePort
  /** The container of this port, and its container port. */
  readonly container: ContainerManifest
  readonly containerPort: number
  /** The PodDisruptionBudgets that select its pods. */
  readonly disruptionBudgets: readonly DisruptionBudget[]
}

export interface ReadOptions {
  /** The name of the Deployment. Required only if the manifests have several. */
  readonly deployment?: string | undefined
  /** Overrides the number of pods. */
  readonly replicas?: number | undefined
  /** Whether the manifests may lack a Service. The load then goes to the first port of the Deployment. */
  readonly serviceOptional?: boolean
}

/**
 * Reads the Deployment and its Service from a YAML file, a folder or the standard input: see {@link readDocuments}.
 *
 * If several Services select the pods, a headless one comes last. If a Service has several ports, the one named `http` is used, or
 * else the first.
 *
 * @throws {UsageError} names the file, the line, the object and the field.
 * @example readManifests('k8s/k8s-cloud-communal.yaml')
 */
export function readManifests(
  path: string,
  { deployment, replicas, serviceOptional = false }: ReadOptions = {},
): Manifests {
  const documents = readDocuments(path)
  const chosen = readDeployment(chooseDeployment(path, documents, deployment), documents, replicas)
  const services = documents.filter(({ kind }) => kind === 'Service').map(readService)
  const service =
    services
      .filter(({ selector }) => selects(selector, chosen.labels))
      .toSorted((a, b) => Number(a.headless) - Number(b.headless))[0] ??
    (serviceOptional ? firstPort(chosen) : undefined)
  if (service === undefined) {
    const others = services.map(({ name, selector }) => `${name} (${asText(selector)})`).join(', ') || 'none'
    throw wrong(
      chosen,
      'spec.template.metadata.labels',
      `(${asText(chosen.labels)}) are selected by no Service; there are: ${others}; add a Service that selects them${serviceOptional ? ', or a containerPort' : ''}`,
    )
  }
  const servicePort = service.ports.find(({ name }) => name === 'http') ?? service.ports[0]
  if (servicePort === undefined) throw wrong(service, 'spec.ports', 'has no TCP port: add one')
  const disruptionBudgets = documents
    .filter(({ kind }) => kind === 'PodDisruptionBudget')
    .map(readDisruptionBudget)
    .filter(({ selector }) => selects(selector, chosen.labels))
  return {
    deployment: chosen,
    service,
    servicePort,
    disruptionBudgets,
    ...chooseContainer(chosen, service, servicePort),
  }
}

/** Returns whether the pods speak HTTPS on the port of the Service: a probe of this port says so, or the name of the port. */
export function speaksHttps({ container, containerPort, servicePort }: Manifests): boolean {
  const probes = [container.readinessProbe, container.livenessProbe, container.startupProbe]
  const handler = probes
    .map((probe) => probe?.handler)
    .find((each) => each?.type === 'httpGet' && each.port === containerPort)
  return handler?.type === 'httpGet' ? handler.scheme === 'HTTPS' : servicePort.name === 'https'
}

/** Returns a Service for the first port of a Deployment that has none. */
function firstPort({
  file,
  lineOf,
  name,
  namespace,
  labels,
  containers,
}: DeploymentManifest): ServiceManifest | undefined {
  const port = containers.flatMap(({ ports }) => ports)[0]
  if (port === undefined) return undefined
  const { containerPort } = port
  return {
    file,
    lineOf,
    kind: 'Service',
    name,
    namespace,
    type: 'ClusterIP',
    headless: false,
    selector: labels,
    publishNotReadyAddresses: false,
    ports: [{ name: port.name, port: containerPort, targetPort: containerPort, nodePort: undefined }],
  }
}

function chooseContainer(
  deployment: DeploymentManifest,
  service: ServiceManifest,
  { targetPort }: ServicePort,
): Pick<Manifests, 'container' | 'containerPort'> {
  const field = 'spec.ports.targetPort'
  const ports = deployment.containers.flatMap((container) => container.ports)
  const containerPort = resolvePort(service, targetPort, field, ports)
  // A numeric targetPort may be a port that no container declares. With one container it must belong to that one.
  const container =
    deployment.containers.find((candidate) => candidate.ports.some((port) => port.containerPort === containerPort)) ??
    (deployment.containers.length === 1 ? deployment.containers[0] : undefined)
  if (container === undefined) {
    throw wrong(
      service,
      field,
      `(${containerPort}) is not a containerPort of Deployment ${deployment.name}: add it there, or name another port`,
    )
  }
  return { container, containerPort }
}

const asText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || 'no labels'
