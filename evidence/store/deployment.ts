import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { apply, follow, kubectl } from '../base/kubectl.ts'
import type { Program } from './pods.ts'
import { createPodLogs } from './pod-logs.ts'
import type { PodLogs } from './pod-logs.ts'

/** The sample service on the cluster of the current kubeconfig, from k8s/overlays/postgresql. */
export interface Deployed {
  /** Replaces every pod. Resolves when the old pods are gone. */
  readonly roll: () => Promise<void>
  /** The warnings and errors in the pods' logs. */
  readonly logs: PodLogs
  /** Deletes the Deployment. Resolves when no pod is left. */
  readonly remove: () => Promise<void>
}

interface Options {
  readonly namespace: string
  readonly nodePort: number
  readonly image: string
  readonly program: Program
  readonly databaseUrl: string
}

const RENDERED = fileURLToPath(new URL('../../k8s/rendered/postgresql.yaml', import.meta.url))
const NAME = 'cloud-communal-service'
const REPLICAS = 3

/**
 * Settings that let ten rollouts finish in three minutes. A rollout replaces all pods at once. A pod counts as available after 2 s. Pods
 * serve for 5 s after SIGTERM, enough for kube-proxies that sync every second. They do not log successful requests,
 * so that following their logs costs almost nothing.
 */
const QUICK: Readonly<Record<string, string>> = {
  SHUTDOWN_DELAY_MS: '5000',
  SHUTDOWN_TIMEOUT_MS: '25000',
  TERMINATION_GRACE_PERIOD_SECONDS: '35',
  LOG_LEVEL: 'warn',
}

interface Variable {
  name: string
  value?: string
  valueFrom?: { secretKeyRef?: { name: string; key: string } }
}

interface Manifest {
  kind: string
  metadata: { name: string; namespace: string }
  spec: {
    replicas: number
    minReadySeconds: number
    strategy: object
    ports: [{ nodePort: number }]
    template: {
      spec: {
        terminationGracePeriodSeconds: number
        containers: [
          { image: string; command?: string[]; env: Variable[]; resources: { requests: Record<string, string> } },
        ]
      }
    }
  }
}

/** The kinds of the overlay that the proof needs. The pods run under their own ServiceAccount. */
const KINDS: ReadonlySet<string> = new Set(['ServiceAccount', 'Deployment', 'Service'])

/** Returns these objects of the overlay with these settings, and the Secret with the database URL. */
const objects = ({ namespace, nodePort, image, program, databaseUrl }: Options): object[] => {
  const all = parseAllDocuments(readFileSync(RENDERED, 'utf8')).map((document) => document.toJS() as Manifest)
  const kept = all.filter(({ kind }) => KINDS.has(kind))
  const secrets = []
  for (const { kind, metadata, spec } of kept) {
    metadata.namespace = namespace
    if (kind === 'Service') spec.ports[0].nodePort = nodePort
    if (kind !== 'Deployment') continue
    spec.replicas = REPLICAS
    spec.minReadySeconds = 2
    spec.strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } }
    const pod = spec.template.spec
    pod.terminationGracePeriodSeconds = Number(QUICK['TERMINATION_GRACE_PERIOD_SECONDS'])
    const [container] = pod.containers
    container.image = image
    container.resources.requests['cpu'] = '50m'
    if (program === 'naive') container.command = ['node', 'dist/naive.js']
    for (const [name, value] of Object.entries(QUICK)) Object.assign(named(container.env, name), { value })
    const reference = named(container.env, 'DATABASE_URL').valueFrom?.secretKeyRef
    if (reference === undefined) throw new Error(`${RENDERED} does not take DATABASE_URL out of a Secret`)
    secrets.push({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: reference.name, namespace },
      stringData: { [reference.key]: databaseUrl },
    })
  }
  return [...secrets, ...kept]
}

const named = (env: readonly Variable[], name: string): Variable => {
  const found = env.find((variable) => variable.name === name)
  if (found === undefined) throw new Error(`${RENDERED} says nothing of ${name}`)
  return found
}

export const createDeployment = async (options: Options): Promise<Deployed> => {
  const { namespace } = options
  const logs = createPodLogs()
  const pods = async (): Promise<string[]> =>
    (await kubectl('get', 'pods', '-n', namespace, '-o', 'jsonpath={.items[*].metadata.name}'))
      .split(' ')
      .filter((name) => name !== '')

  const followed = new Set<string>()
  const followNew = async (): Promise<void> => {
    for (const pod of (await pods()).filter((name) => !followed.has(name))) {
      followed.add(pod)
      follow(namespace, pod, (line) => logs.take(pod, line))
    }
  }
  const rolledOut = async (): Promise<void> => {
    try {
      await kubectl('rollout', 'status', '-n', namespace, `deployment/${NAME}`, '--timeout=120s')
    } catch (error) {
      await followNew()
      const table = await kubectl('get', 'pods', '-n', namespace, '-o', 'wide')
      throw new Error([(error as Error).message, table, ...logs.others()].join('\n'), { cause: error })
    }
    await followNew()
  }
  const gone = async (names: readonly string[]): Promise<void> => {
    if (names.length === 0) return
    await kubectl('wait', '-n', namespace, '--for=delete', ...names.map((name) => `pod/${name}`), '--timeout=120s')
  }

  await apply(...objects(options))
  await rolledOut()
  return {
    logs,
    roll: async () => {
      // The pods before the rollout. All of them must be gone after it.
      const old = await pods()
      await kubectl('rollout', 'restart', '-n', namespace, `deployment/${NAME}`)
      await rolledOut()
      await gone(old)
    },
    remove: async () => {
      const old = await pods()
      await kubectl('delete', 'deployment', '-n', namespace, NAME, '--timeout=120s')
      await gone(old)
    },
  }
}
