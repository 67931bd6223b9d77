import { z } from 'zod'
import { readEnvironment, type ContainerSource, type EnvironmentVariable } from './environment.js'
import { portNumber, portReference, positive, readBy, text, texts, whole, wrong, type ObjectName } from './schema.js'

export interface ContainerPort {
  readonly name: string | undefined
  readonly containerPort: number
}

/** The action of a probe. Named ports are resolved to numbers. */
export type ProbeHandler =
  | {
      readonly type: 'httpGet'
      readonly scheme: 'HTTP' | 'HTTPS'
      readonly path: string
      readonly port: number
      readonly host: string | undefined
      readonly headers: readonly { readonly name: string; readonly value: string }[]
    }
  | { readonly type: 'tcpSocket'; readonly port: number; readonly host: string | undefined }
  | { readonly type: 'exec'; readonly command: readonly string[] }
  | { readonly type: 'grpc'; readonly port: number }

/** A probe with the defaults of Kubernetes. Times are in seconds. */
export interface Probe {
  /** The path of the probe in the manifest, for messages. */
  readonly field: string
  readonly handler: ProbeHandler
  readonly initialDelaySeconds: number
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly successThreshold: number
  readonly failureThreshold: number
  /** The grace period of a restart that this probe causes. Default: that of the pod. */
  readonly terminationGracePeriodSeconds: number | undefined
}

export type PreStop = { readonly type: 'sleep'; readonly seconds: number } | { readonly type: 'exec' | 'httpGet' }

export interface ContainerManifest {
  /** The path of the container in the manifest, for messages: `spec.template.spec.containers[0]`. */
  readonly field: string
  readonly name: string
  readonly image: string
  readonly command: readonly string[] | undefined
  readonly args: readonly string[] | undefined
  readonly ports: readonly ContainerPort[]
  readonly env: readonly EnvironmentVariable[]
  readonly startupProbe: Probe | undefined
  readonly readinessProbe: Probe | undefined
  readonly livenessProbe: Probe | undefined
  readonly preStop: PreStop | undefined
}

const probeSchema = z.object({
  httpGet: z
    .object({
      path: text.default('/'),
      port: portReference,
      host: text.optional(),
      scheme: z.enum(['HTTP', 'HTTPS'], 'must be HTTP or HTTPS').default('HTTP'),
      httpHeaders: z.array(z.object({ name: text, value: text }), 'must be a list').default([]),
    })
    .optional(),
  tcpSocket: z.object({ port: portReference, host: text.optional() }).optional(),
  exec: z.object({ command: texts }).optional(),
  grpc: z.object({ port: portNumber }).optional(),
  initialDelaySeconds: whole.default(0),
  periodSeconds: positive.default(10),
  timeoutSeconds: positive.default(1),
  successThreshold: positive.default(1),
  failureThreshold: positive.default(3),
  terminationGracePeriodSeconds: positive.optional(),
})

const schema = z.object({
  name: text,
  image: text.default(''),
  command: texts.optional(),
  args: texts.optional(),
  ports: z
    .array(
      z.object({ name: text.optional(), containerPort: portNumber, protocol: text.default('TCP') }),
      'must be a list',
    )
    .default([]),
  startupProbe: probeSchema.optional(),
  readinessProbe: probeSchema.optional(),
  livenessProbe: probeSchema.optional(),
  lifecycle: z
    .object({
      preStop: z
        .object({
          sleep: z.object({ seconds: whole }).optional(),
          exec: z.object({ command: texts }).optional(),
          httpGet: z.object({ port: portReference }).optional(),
        })
        .optional(),
    })
    .optional(),
})

type ContainerBody = z.output<typeof schema>
type ProbeBody = z.output<typeof probeSchema>

/**
 * Reads a container.
 *
 * @throws {UsageError} names the file and the field.
 */
export function readContainer(source: ContainerSource): ContainerManifest {
  const { body, field, document } = source
  const container = readBy(schema, document, body, field)
  const ports = container.ports
    .filter((port) => port.protocol === 'TCP')
    .map(({ name, containerPort }) => ({ name, containerPort }))
  const probe = (kind: 'startupProbe' | 'readinessProbe' | 'livenessProbe'): Probe | undefined => {
    const probeBody = container[kind]
    return probeBody === undefined ? undefined : readProbe(document, probeBody, `${field}.${kind}`, ports)
  }
  const startupProbe = probe('startupProbe')
  const livenessProbe = probe('livenessProbe')
  for (const single of [startupProbe, livenessProbe]) {
    if (single !== undefined && single.successThreshold !== 1)
      throw wrong(document, `${single.field}.successThreshold`, 'must be 1 for this probe')
  }
  return {
    field,
    name: container.name,
    image: container.image,
    command: container.command,
    args: container.args,
    ports,
    env: readEnvironment(source),
    startupProbe,
    readinessProbe: probe('readinessProbe'),
    livenessProbe,
    preStop: readPreStop(container),
  }
}

function readPreStop(container: ContainerBody): PreStop | undefined {
  const preStop = container.lifecycle?.preStop
  if (preStop?.sleep !== undefined) return { type: 'sleep', seconds: preStop.sleep.seconds }
  const seconds = sleepOf(preStop?.exec?.command ?? [])
  if (seconds !== undefined) return { type: 'sleep', seconds }
  if (preStop?.exec !== undefined) return { type: 'exec' }
  return preStop?.httpGet === undefined ? undefined : { type: 'httpGet' }
}

/**
 * Returns the seconds of a command that only sleeps, which many manifests use in place of the sleep action; undefined for another.
 *
 * @example sleepOf(['/bin/sh', '-c', 'sleep 15']) // 15
 */
function sleepOf(command: readonly string[]): number | undefined {
  const [shell = '', option = '', script] = command
  const isShell = /(?:^|\/)(?:ba|da)?sh$/u.test(shell) && /^-\w*c$/u.test(option) && command.length === 3
  const words = isShell ? script : command.join(' ')
  const [, seconds] = /^(?:\S*\/)?sleep\s+(\d+)s?;?$/u.exec(words?.trim() ?? '') ?? []
  return seconds === undefined ? undefined : Number(seconds)
}

function readProbe(document: ObjectName, body: ProbeBody, field: string, ports: readonly ContainerPort[]): Probe {
  const { initialDelaySeconds, periodSeconds, timeoutSeconds, successThreshold, failureThreshold } = body
  return {
    field,
    handler: readHandler(document, body, field, ports),
    initialDelaySeconds,
    periodSeconds,
    timeoutSeconds,
    successThreshold,
    failureThreshold,
    terminationGracePeriodSeconds: body.terminationGracePeriodSeconds,
  }
}

function readHandler(
  document: ObjectName,
  { httpGet, tcpSocket, exec, grpc }: ProbeBody,
  field: string,
  ports: readonly ContainerPort[],
): ProbeHandler {
  if (httpGet !== undefined) {
    const { scheme, path, host, httpHeaders: headers } = httpGet
    const port = resolvePort(document, httpGet.port, `${field}.httpGet.port`, ports)
    return { type: 'httpGet', scheme, path, port, host, headers }
  }
  if (tcpSocket !== undefined) {
    const port = resolvePort(document, tcpSocket.port, `${field}.tcpSocket.port`, ports)
    return { type: 'tcpSocket', port, host: tcpSocket.host }
  }
  if (exec !== undefined) return { type: 'exec', command: exec.command }
  if (grpc !== undefined) return { type: 'grpc', port: grpc.port }
  throw wrong(document, field, 'has none of httpGet, tcpSocket, exec and grpc: add one')
}

/**
 * Resolves a port that is given by number or by the name of a container port.
 *
 * @throws {UsageError} no container port has the name.
 */
export function resolvePort(
  document: ObjectName,
  port: number | string,
  field: string,
  ports: readonly ContainerPort[],
): number {
  if (typeof port === 'number') return port
  const named = ports.find(({ name }) => name === port)
  if (named !== undefined) return named.containerPort
  const names = ports.flatMap(({ name }) => (name === undefined ? [] : [name]))
  throw wrong(
    document,
    field,
    `names a port "${port}" that no container has; there are: ${names.join(', ') || 'none with a name'}; name a port of the container, or give its number`,
  )
}
