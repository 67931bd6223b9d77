import { isPropagationName, PROPAGATION_NAMES, type Propagation } from '../../targets/local/balancers/propagation.js'
import type { FlagGroup } from './flag.js'
import { assignment, invalid, number, several, text, urlPath, variableName } from './values.js'

/** The flags that only the local target has. */
export interface LocalValues {
  readonly manifests?: string
  readonly nodes: number
  readonly propagation: string
  readonly env: readonly string[]
  readonly logs?: string
  readonly https?: boolean
}

/** The flags that describe a program, in any language. `--command` is required for the others. With manifests, they override them. */
export interface ProgramValues {
  readonly command?: string
  readonly v2Command?: string
  readonly portEnv: string
  readonly cwd?: string
  readonly replicas: number
  readonly readinessPath?: string
  readonly readinessPeriod: number
  readonly minReady: number
  readonly gracePeriod: number
  readonly path?: string
  readonly contains?: string
}

const seconds = (min: number): ReturnType<typeof number> => number({ min, max: 86_400, whole: true, unit: 'seconds' })

export const LOCAL_FLAGS: FlagGroup<LocalValues> = {
  heading: 'Local target',
  flags: {
    manifests: {
      value: 'PATH',
      help: 'YAML file, folder or kustomization with the Deployment and the Service, or - for the standard input; --command names the program, and its flags override the numbers of the manifests',
      defaultText: 'k8s/k8s-cloud-communal.yaml; with --command, none',
      parse: text,
    },
    nodes: {
      value: 'N',
      help: 'number of nodes; each has its own load balancer, and the load goes through all of them',
      byDefault: 3,
      parse: number({ min: 1, max: 100, whole: true, unit: 'nodes' }),
    },
    propagation: {
      value: 'DELAY',
      help: `propagation delay of endpoint changes to the load balancers: ${PROPAGATION_NAMES.join(', ')}, or a range in seconds such as 0-30 (0.3-0.3 is always 300 ms)`,
      byDefault: 'kube-proxy',
      parse: (given, flag) => {
        if (readPropagation(given) !== undefined) return given
        throw invalid(
          flag,
          given,
          `choose from ${PROPAGATION_NAMES.join(', ')}, or give a range of seconds up to 600, the smaller first, as in 0-30 (0.3-0.3 for 300 ms)`,
        )
      },
    },
    env: {
      value: 'NAME=VALUE',
      help: 'environment variable of every pod; overrides the manifest; repeatable',
      byDefault: [],
      repeatable: true,
      parse: several(assignment),
    },
    logs: {
      value: 'FOLDER',
      help: 'keep the output of each pod in a file in this folder',
      defaultText: 'not kept',
      parse: text,
    },
    https: { help: 'the pods speak HTTPS; implied by a readiness probe with the scheme HTTPS' },
  },
}

export const PROGRAM_FLAGS: FlagGroup<ProgramValues> = {
  heading: 'Any program (local target)',
  flags: {
    command: {
      value: 'COMMAND',
      help: 'program that each pod runs, without a shell; {port} stands for the port of the pod',
      usual: true,
      parse: text,
    },
    v2Command: {
      value: 'COMMAND',
      help: 'program that the pods of the new version run',
      defaultText: 'the same as --command',
      parse: text,
    },
    portEnv: {
      value: 'NAME',
      help: 'environment variable that holds the port of the pod',
      byDefault: 'PORT',
      parse: variableName,
    },
    cwd: { value: 'FOLDER', help: 'working directory of the program', defaultText: 'the current folder', parse: text },
    replicas: {
      value: 'N',
      help: 'number of pods',
      byDefault: 3,
      parse: number({ min: 1, max: 100, whole: true, unit: 'pods' }),
    },
    readinessPath: {
      value: 'PATH',
      help: 'path of the readiness probe; a status from 200 to 399 means ready',
      defaultText: 'a pod is ready when it accepts connections',
      usual: true,
      parse: urlPath,
    },
    readinessPeriod: { value: 'SECONDS', help: 'time between readiness probes', byDefault: 1, parse: seconds(1) },
    minReady: {
      value: 'SECONDS',
      help: 'how long a new pod must be ready before an old pod is stopped',
      byDefault: 5,
      parse: seconds(0),
    },
    gracePeriod: { value: 'SECONDS', help: 'time from SIGTERM to SIGKILL', byDefault: 30, parse: seconds(1) },
    path: {
      value: 'PATH',
      help: 'path that the load requests when there is no profile',
      defaultText: 'the readiness path, or /',
      parse: urlPath,
    },
    contains: {
      value: 'TEXT',
      help: 'text that every response body must contain',
      defaultText: 'only the status is checked',
      parse: text,
    },
  },
}

/** Returns the propagation that a text names: a known kind, or a range of seconds in ms. Undefined when it names neither. */
export function readPropagation(given: string): Propagation | undefined {
  if (isPropagationName(given)) return given
  const [from, to] = /^(?<from>\d+(?:\.\d+)?)-(?<to>\d+(?:\.\d+)?)$/u.exec(given)?.slice(1).map(Number) ?? []
  if (from === undefined || to === undefined || from > to || to > 600) return undefined
  return { min: from * 1_000, max: to * 1_000 }
}
