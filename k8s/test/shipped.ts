import { loadConfig } from '../../packages/cloud-communal-service/src/config.js'
import type { Config } from '../../packages/cloud-communal-service/src/config.js'
import type { Container, Deployment, Kinds, Manifest } from './manifest.ts'
import { FOLDERS, readRendered } from './rendered.ts'

/** Those that are production with a component, and change no number of it. */
export const PRODUCTION_WITH = ['overlays/monitored', 'overlays/postgresql']

const NAME = 'cloud-communal-service'

/** One of them, built, with what most tests look at. */
export interface Shipped {
  folder: string
  manifests: Manifest[]
  deployment: Deployment
  pod: Deployment['spec']['template']['spec']
  container: Container
  env: Record<string, string | undefined>
  /** What the service makes of its environment. */
  config: Config
  /** The delay at its longest, ms. */
  delay: number
  /** The object of a kind that has the Deployment's name, or the only one; undefined where there is none. */
  find: <K extends keyof Kinds>(kind: K) => Kinds[K] | undefined
}

export const shipped: Shipped[] = FOLDERS.map((folder) => {
  const manifests = readRendered(folder)
  const find = <K extends keyof Kinds>(kind: K): Kinds[K] | undefined => {
    const found = manifests.filter((manifest) => manifest.kind === kind)
    const [one] = found.length > 1 ? found.filter(({ metadata }) => metadata.name === NAME) : found
    if (one === undefined && found.length > 0)
      throw new Error(`${folder} has ${found.length} of ${kind}, none of them ${NAME}`)
    return one as Kinds[K] | undefined
  }
  const deployment = find('Deployment')
  if (deployment === undefined) throw new Error(`${folder} has no Deployment`)
  const pod = deployment.spec.template.spec
  const [container] = pod.containers
  const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]))
  const config = loadConfig(env)
  const { shutdownDelay } = config
  if (shutdownDelay === undefined) throw new Error(`${folder} leaves SHUTDOWN_DELAY_MS to the library`)
  const delay = typeof shutdownDelay === 'object' ? shutdownDelay.max : shutdownDelay
  return { folder, manifests, deployment, pod, container, env, config, delay, find }
})

/** Of a folder by name. */
export const named = (folder: string): Shipped => {
  const found = shipped.find((one) => one.folder === folder)
  if (found === undefined) throw new Error(`there is no ${folder}`)
  return found
}
