import { setTimeout as sleep } from 'node:timers/promises'
import { isAllowed } from '../api/rights.js'
import type { Client } from '../api/client.js'
import { LogFollower } from './log-follower.js'
import type { Pod } from '../api/objects.js'

export interface PodLogsOptions {
  readonly client: Client
  readonly namespace: string
  readonly container: string
  readonly onLine: (pod: string, line: string) => void
  readonly onGap: (detail: string) => void
}

/** The right to read logs. */
const LOG_RIGHT = { group: '', resource: 'pods/log', verb: 'get' } as const
/** How long to wait for the streams to open. */
const OPEN_LIMIT_MS = 5_000
const CATCH_UP_LIMIT_MS = 10_000

/** Follows the logs of every pod of a workload, from the start of the run or of the pod to the last line. */
export class PodLogs {
  readonly #options: PodLogsOptions
  readonly #followers = new Map<string, LogFollower>()
  /** Whether logs may be read; undefined until the API has answered. */
  #allowed: boolean | undefined
  #finished = false

  constructor(options: PodLogsOptions) {
    this.#options = options
  }

  /**
   * Follows these pods from now on, and new pods from their start. Without the right to read logs it reports a gap once and
   * follows nothing: the run is then judged from the clients' side alone.
   */
  async begin(pods: readonly Pod[]): Promise<void> {
    const { client, namespace, onGap } = this.#options
    this.#allowed = (await isAllowed(client, namespace, LOG_RIGHT).catch(() => undefined)) ?? true
    if (!this.#allowed) {
      onGap(
        `the right to read the logs of pods in namespace ${namespace} is missing, so this run is judged from the clients' side alone: grant it with 'kubectl -n ${namespace} create role zero-drop-logs --verb=get --resource=pods/log' and a rolebinding to it`,
      )
      return
    }
    for (const pod of pods) this.#see(pod, pod, true)
    const opened = [...this.#followers.values()].map((follower) => follower.opened)
    await Promise.race([Promise.all(opened), sleep(OPEN_LIMIT_MS)])
  }

  podChanged(current: Pod | undefined, previous: Pod | undefined): void {
    const pod = current ?? previous
    if (this.#allowed === true && !this.#finished && pod !== undefined) this.#see(pod, current, false)
  }

  /** Reads every log up to the last line that was printed until now, and stops. */
  async finish(): Promise<void> {
    this.#finished = true
    const all = Promise.all([...this.#followers.values()].map((follower) => follower.finish()))
    await Promise.race([all, sleep(CATCH_UP_LIMIT_MS)])
  }

  #see(pod: Pod, current: Pod | undefined, fromNow: boolean): void {
    const { client, namespace, container, onLine, onGap } = this.#options
    const { name, uid = name } = pod.metadata
    let follower = this.#followers.get(uid)
    if (follower === undefined) {
      if (current === undefined) return
      follower = new LogFollower({
        client,
        namespace,
        pod: name,
        container,
        fromNow,
        onLine: (line) => onLine(name, line),
        onGap,
      })
      this.#followers.set(uid, follower)
    }
    const status = pod.status?.containerStatuses?.find((each) => each.name === container)
    const { state, lastState } = status ?? {}
    const ended = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
    follower.seen({
      started: [state?.running, state?.terminated, lastState?.terminated].some((each) => each !== undefined),
      restarts: status?.restartCount ?? 0,
      over:
        current === undefined ||
        ended ||
        (pod.metadata.deletionTimestamp !== undefined && state?.terminated !== undefined),
    })
  }
}
