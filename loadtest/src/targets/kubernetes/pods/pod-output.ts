import { lastLines, KEPT_LINES } from '../../output.js'
import type { Client } from '../api/client.js'
import type { Pod } from '../api/objects.js'
import { isReady } from './pod-state.js'

interface Source {
  readonly client: Client
  readonly namespace: string
}

/**
 * Returns the last output of a container that crashed, to append to a message. Empty if it cannot be read: the run does not
 * require the right to read logs.
 */
export async function lastOutput({
  client,
  namespace,
  pod,
  container,
}: Source & { readonly pod: string; readonly container: string }): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`
  for (const previous of [true, false]) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the second log only if the first is empty
      const text = await client.call<unknown>('GET', path, {
        query: { container, previous, tailLines: KEPT_LINES },
      })
      const output = lastLines(String(text).split('\n'))
      if (output !== '') return `; its last output: ${output}`
    } catch {
      // The log does not exist, or may not be read.
    }
  }
  return ''
}

/** Returns the newest warning about a pod that is not ready, why its probe fails for example, to append to a message. */
export async function lastWarning({
  client,
  namespace,
  pods,
}: Source & { readonly pods: readonly Pod[] }): Promise<string> {
  const pod = pods.find((each) => !isReady(each))
  if (pod === undefined) return ''
  try {
    const { items } = await client.call<{ items: { message?: string; lastTimestamp?: string | null }[] }>(
      'GET',
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`,
      { query: { fieldSelector: `involvedObject.uid=${pod.metadata.uid},type=Warning` } },
    )
    const newest = items.toSorted((a, b) => (b.lastTimestamp ?? '').localeCompare(a.lastTimestamp ?? ''))[0]
    return newest?.message === undefined ? '' : `; Kubernetes says: ${newest.message.trim()}`
  } catch {
    return ''
  }
}
