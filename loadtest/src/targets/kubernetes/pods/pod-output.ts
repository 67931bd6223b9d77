import { gist, REMEMBERED_LINES } from '../../output.js'
import type { Client } from '../api/client.js'
import type { Pod } from '../api/objects.js'
import { isReady } from './pod-state.js'

interface Source {
  readonly client: Client
  readonly namespace: string
}

/**
 * What a container that crashed printed last, as the end of a sentence. Empty where it cannot be had: the right to read
 * logs is not asked for.
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
      // oxlint-disable-next-line no-await-in-loop -- the second only where the first has nothing
      const text = await client.call<unknown>('GET', path, {
        query: { container, previous, tailLines: REMEMBERED_LINES },
      })
      const told = gist(String(text).split('\n'))
      if (told !== '') return `; its last output: ${told}`
    } catch {
      // there is no such log, or no right to it
    }
  }
  return ''
}

/** The newest warning about a pod that is not ready (why its probe fails, say), as the end of a sentence. */
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
