import { UsageError } from '../../../base/errors.js'
import { statsOf } from '../../../base/stats.js'
import type { KubeConfig } from '@kubernetes/client-node'

export interface KubeconfigOptions {
  /** The kubeconfig file. Default, as for kubectl: KUBECONFIG, ~/.kube/config, the service account of a pod. */
  readonly kubeconfig?: string
  /** The context. Default: the current context of the file. */
  readonly context?: string
}

/** The lowest Node version that the HTTP library of the client supports. */
const NODE_NEEDED = [22, 19] as const

/**
 * Loads the kubeconfig and chooses the context.
 *
 * @throws {UsageError} names the file or the context, and what to do.
 */
export async function loadKubeconfig({ kubeconfig, context }: KubeconfigOptions): Promise<KubeConfig> {
  const { KubeConfig } = await loadClient()
  const config = new KubeConfig()
  const where = kubeconfig ?? process.env['KUBECONFIG'] ?? '~/.kube/config'
  if (kubeconfig !== undefined && statsOf(kubeconfig) === undefined) {
    throw new UsageError(`the kubeconfig ${kubeconfig} does not exist: name another with --kubeconfig`)
  }
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    const problem =
      code === 'ENOENT' && path !== undefined
        ? `${path} does not exist`
        : `${where} cannot be read: ${firstLine(error)}`
    throw new UsageError(`the kubeconfig ${problem}`, { cause: error })
  }
  // The client falls back to this server if it finds no kubeconfig.
  if (kubeconfig === undefined && config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw new UsageError('there is no kubeconfig: set KUBECONFIG or give one with --kubeconfig')
  }
  const contexts = config.getContexts().map(({ name }) => name)
  const known = contexts.join(', ') || 'none'
  if (context !== undefined) {
    if (!contexts.includes(context)) {
      throw new UsageError(
        `the kubeconfig ${where} has no context ${context}: choose one with --context; there are: ${known}`,
      )
    }
    config.setCurrentContext(context)
  }
  const current = config.getCurrentContext()
  if (!current || !contexts.includes(current)) {
    throw new UsageError(
      `the kubeconfig ${where} has no current context: choose one with --context; there are: ${known}`,
    )
  }
  if (config.getCurrentCluster() === null) {
    throw new UsageError(
      `the kubeconfig ${where} has no cluster for its context ${current}: choose another with --context`,
    )
  }
  return config
}

async function loadClient(): Promise<typeof import('@kubernetes/client-node')> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor < NODE_NEEDED[1])) {
    throw new UsageError(
      `the Kubernetes target needs Node ${NODE_NEEDED.join('.')} or newer, this is ${process.versions.node}: install a newer Node, or run 'npx pnpm@12 prove:kubernetes' in the repository of zero-drop`,
    )
  }
  try {
    return await import('@kubernetes/client-node')
  } catch (error) {
    throw new UsageError(
      `the Kubernetes target needs the package @kubernetes/client-node, which cannot be loaded (${firstLine(error)}): install it with 'npm install @kubernetes/client-node'`,
      { cause: error },
    )
  }
}

export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().split('\n')[0] ?? ''
}
