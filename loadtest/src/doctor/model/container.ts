import { fields, isFields, list, text, texts, whole, type Fields, type Path } from './values.js'

export interface ContainerPort {
  readonly name: string | undefined
  readonly number: number | undefined
  readonly hostPort: number | undefined
  readonly protocol: string
}

export type ProbeKind = 'startupProbe' | 'readinessProbe' | 'livenessProbe'

/** A probe with the defaults of Kubernetes. Times are in seconds. */
export interface Probe {
  readonly path: Path
  readonly body: Fields
  /** The action of the probe: `httpGet`, `tcpSocket`, `exec` or `grpc`, with its fields. */
  readonly handler: readonly [kind: string, body: Fields] | undefined
  readonly initialDelay: number
  readonly period: number
  readonly timeout: number
  readonly failures: number
  readonly grace: number | undefined
}

export interface Container {
  readonly path: Path
  readonly body: Fields
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly ports: readonly ContainerPort[]
  readonly probes: Readonly<Record<ProbeKind, Probe | undefined>>
  /** The fields of `lifecycle.preStop`. */
  readonly preStop: Fields | undefined
  /** The variables whose values are known. */
  readonly env: ReadonlyMap<string, string>
  /** The variables that are set, with the path of each. */
  readonly envPaths: ReadonlyMap<string, Path>
}

/** Returns the variables of a container, from `envFrom` and `env`. */
export type ReadEnv = (
  body: Fields,
  path: Path,
) => { readonly values: ReadonlyMap<string, string>; readonly paths: ReadonlyMap<string, Path> }

/** Reads a container. Fields of a wrong type count as missing. */
export function readContainer(given: unknown, path: Path, readEnv: ReadEnv): Container {
  const body = fields(given)
  const { values, paths } = readEnv(body, path)
  const probe = (kind: ProbeKind): Probe | undefined => readProbe(body[kind], [...path, kind])
  const preStop = fields(body['lifecycle'])['preStop']
  return {
    path,
    body,
    name: text(body['name']) ?? '(no name)',
    image: text(body['image']) ?? '',
    command: texts(body['command']),
    args: texts(body['args']),
    ports: list(body['ports']).map((port) => ({
      name: text(fields(port)['name']),
      number: whole(fields(port)['containerPort']),
      hostPort: whole(fields(port)['hostPort']),
      protocol: text(fields(port)['protocol']) ?? 'TCP',
    })),
    probes: {
      startupProbe: probe('startupProbe'),
      readinessProbe: probe('readinessProbe'),
      livenessProbe: probe('livenessProbe'),
    },
    preStop: isFields(preStop) ? preStop : undefined,
    env: values,
    envPaths: paths,
  }
}

function readProbe(body: unknown, path: Path): Probe | undefined {
  if (!isFields(body)) return undefined
  const kind = ['httpGet', 'tcpSocket', 'exec', 'grpc'].find((each) => isFields(body[each]))
  return {
    path,
    body,
    handler: kind === undefined ? undefined : [kind, fields(body[kind])],
    initialDelay: whole(body['initialDelaySeconds']) ?? 0,
    // The API server takes 0 as "not set".
    period: whole(body['periodSeconds']) || 10,
    timeout: whole(body['timeoutSeconds']) || 1,
    failures: whole(body['failureThreshold']) || 3,
    grace: whole(body['terminationGracePeriodSeconds']),
  }
}

/** The words that the container runs, as far as the manifest has them. */
export const wordsOf = ({ command, args }: Container): readonly string[] => [...command, ...args]
