import { loadConfig } from '../../packages/cloud-communal-service/src/config.js'
import type { Config } from '../../packages/cloud-communal-service/src/config.js'
import type { Container, Deployment, Kinds, Manifest } from './manifest.ts'
import { FOLDERS, readRendered } from './rendered.ts'

/** The folders that add a component to production and change none of its numbers. */
export const PRODUCTION_WITH = ['overlays/monitored', 'overlays/postgresql']

const NAME = 'cloud-communal-service'

/** A folder that can be deployed, with the objects and settings that most tests read. */
export interface Shipped {
  folder: string
  manifests: Manifest[]
  deployment: Deployment
  pod: Deployment['spec']['template']['spec']
  container: Container
  env: Record<string, string | undefined>
  /** The configuration of the service with this environment. */
  config: Config
  /** The longest delay, in ms. */
  delay: number
  /** Returns the only object of a kind, or the one with the Deployment's name; undefined if there is none. */
  find: <K extends keyof Kinds>(kind: K) => Kinds[K] | undefined
}

export const shipped: Shipped[] = FOLDERS.map((folder) => {
  const manifests = readRendered(folder)
  const find = <K extends keyof Kinds>(kind: K): Kinds[K] | undefined => {
    const found = manifests.filter((manifest) => manifest.kind === kind)
    const [one] = found.length > 1 ? found.filter(({ metadata }) => metadata.name === NAME) : found
    if (one === undefined && found.length > 0)
      throw new Error(`${folder} has ${found.length} objects of kind ${kind}, but none is named ${NAME}`)
    return one as Kinds[K] | undefined
  }
  const deployment = find('Deployment')
  if (deployment === undefined) throw new Error(`${folder} has no Deployment`)
  const pod = deployment.spec.template.spec
  const [container] = pod.containers
  const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]))
  const config = loadConfig(env)
  const { shutdownDelay } = config
  if (shutdownDelay === undefined) throw new Error(`${folder} does not set SHUTDOWN_DELAY_MS`)
  const delay = typeof shutdownDelay === 'object' ? shutdownDelay.max : shutdownDelay
  return { folder, manifests, deployment, pod, container, env, config, delay, find }
})

/** Returns a folder by its name. */
export const named = (folder: string): Shipped => {
  const found = shipped.find((one) => one.folder === folder)
  if (found === undefined) throw new Error(`unknown folder ${folder}`)
  return found
}
