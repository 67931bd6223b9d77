import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parse } from 'yaml'
import type { KubeconfigOptions } from './kubeconfig.js'

/** Where Kubernetes writes the namespace of a pod. */
const IN_A_POD = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

interface Kubeconfig {
  readonly 'current-context'?: unknown
  readonly contexts?: readonly { readonly name?: unknown; readonly context?: { readonly namespace?: unknown } }[]
}

/**
 * Returns the namespace that kubectl would use without `-n`: that of the context, in a pod without a kubeconfig its own, else `default`.
 * A kubeconfig that cannot be read is an error later, when the run needs the cluster.
 */
export function contextNamespace(
  { kubeconfig, context }: KubeconfigOptions,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const named = kubeconfig ?? environment['KUBECONFIG']
  const files = named === undefined || named === '' ? [join(homedir(), '.kube', 'config')] : named.split(delimiter)
  const configs = files.flatMap((file) => read(file) ?? [])
  // The first file that sets a value wins, as in kubectl.
  const name = context ?? configs.map((each) => each['current-context']).find((each) => isText(each))
  const chosen = configs
    .flatMap(({ contexts }) => (Array.isArray(contexts) ? contexts : []))
    .find((each) => each.name === name)
  const namespace = chosen?.context?.namespace
  if (isText(namespace)) return namespace
  return configs.length === 0 ? (textOf(IN_A_POD) ?? 'default') : 'default'
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function read(file: string): Kubeconfig | undefined {
  try {
    const value: unknown = parse(readFileSync(file, 'utf8'))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
