import { JSON_PATCH, replaceTemplate, sameTemplate, type Change } from './changes.js'
import { ApiError, type Client } from './client.js'
import { deploymentPath } from './deployment.js'
import { DeploymentView } from './deployment-view.js'
import { followRollout } from './follow.js'
import { firstLine } from './kubeconfig.js'
import { REVISION, type Deployment } from './objects.js'

export interface RestoreOptions {
  readonly client: Client
  readonly namespace: string
  /** As it was found. */
  readonly original: Deployment
  readonly change: Change
  /** As the API stored it; undefined where its answer to the change was lost. */
  readonly changed: Deployment | undefined
  readonly container: string
  readonly timeoutMs: number
}

/** How long the API may be away before putting back is left to people. */
const API_LIMIT_MS = 60_000
const TRIES = 5
/** What the last old pod may take beside its grace period, however short the time limit of the run was. */
const SPARE_MS = 60_000

/**
 * Puts the pod template back as it was found, unless somebody else has changed it meanwhile, and waits until it is rolled
 * out. Never throws: what is left to do is what it returns.
 */
export async function putBack(options: RestoreOptions): Promise<string | undefined> {
  const { client, namespace, original } = options
  const { name } = original.metadata
  try {
    const put = await putTemplateBack(options)
    if (typeof put !== 'object') return put
    return await waitForRollout(options, put)
  } catch (error) {
    const revision = original.metadata.annotations?.[REVISION]
    const to = revision === undefined ? '' : ` --to-revision=${revision}`
    return `Deployment ${name} could not be put back as it was (${client.server}: ${firstLine(error)}): run 'kubectl rollout undo -n ${namespace} deployment/${name}${to}'`
  }
}

/** @returns the Deployment with its template back; or, where nothing was put back, what is left to do, if anything. */
async function putTemplateBack({
  client,
  namespace,
  original,
  change,
  changed,
}: RestoreOptions): Promise<Deployment | string | undefined> {
  const { name } = original.metadata
  const ours = changed?.spec.template ?? change.template
  const path = deploymentPath(namespace, name)
  for (let tried = 1; ; tried += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      const current = await client.persist<Deployment>(API_LIMIT_MS, 'GET', path)
      const { template } = current.spec
      if (sameTemplate(template, original.spec.template)) return undefined
      if (!sameTemplate(template, ours)) {
        return `Deployment ${name} was changed by somebody else after this run had changed it and is left as it is: see 'kubectl rollout history -n ${namespace} deployment/${name}'`
      }
      const patch = [
        // The API applies all of it or nothing: a change that comes between the look and the patch is not overwritten.
        { op: 'test', path: '/metadata/generation', value: current.metadata.generation },
        ...replaceTemplate(original.spec.template, annotationsBack(current, original, change)),
      ]
      // oxlint-disable-next-line no-await-in-loop -- as above
      return await client.persist<Deployment>(API_LIMIT_MS, 'PATCH', path, { body: patch, contentType: JSON_PATCH })
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        return `Deployment ${name} was deleted by somebody else during the run`
      }
      const raced = error instanceof ApiError && (error.status === 422 || error.status === 409)
      if (!raced || tried === TRIES) throw error
    }
  }
}

/** Only those that this run had changed, and only where they are still what it had made of them. */
function annotationsBack(
  current: Deployment,
  original: Deployment,
  change: Change,
): Record<string, string> | undefined {
  if (change.annotations === undefined) return undefined
  const before = original.metadata.annotations ?? {}
  const back = new Map(Object.entries(current.metadata.annotations ?? {}))
  for (const key of new Set([...Object.keys(before), ...Object.keys(change.annotations)])) {
    // The controller's own: it goes up with each rollout.
    if (key === REVISION || back.get(key) !== change.annotations[key]) continue
    const value = before[key]
    if (value === undefined) back.delete(key)
    else back.set(key, value)
  }
  return Object.fromEntries(back)
}

async function waitForRollout(options: RestoreOptions, put: Deployment): Promise<string | undefined> {
  const { client, namespace, container } = options
  const { name, generation = 0 } = put.metadata
  const { terminationGracePeriodSeconds = 30 } = put.spec.template.spec
  const timeoutMs = Math.max(options.timeoutMs, terminationGracePeriodSeconds * 1_000 + SPARE_MS)
  const view = new DeploymentView({ client, namespace, deployment: put, container, listener: ignore })
  const check = `'kubectl rollout status -n ${namespace} deployment/${name}'`
  const left = (reason: string): string =>
    `Deployment ${name} has its pod template back, but is not yet rolled out (${reason}): see ${check}`
  try {
    await view.synced()
    const { template } = put.spec
    const signal = new AbortController().signal
    const outcome = await followRollout({
      client,
      namespace,
      view,
      template,
      generation,
      timeoutMs,
      signal,
      listener: ignore,
    })
    return outcome.status === 'failed' ? left(outcome.reason) : undefined
  } catch (error) {
    return left(firstLine(error))
  } finally {
    view.stop()
  }
}

// What happens while it is put back is not part of the run.
const ignore = (): void => {}
