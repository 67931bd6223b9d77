import { isDeepStrictEqual } from 'node:util'
import { now, toEpoch } from '../../../base/clock.js'
import type { TargetEvent, TargetListener } from '../../target.js'
import { versionOf, type EndpointSlice, type Pod } from '../api/objects.js'
import { wrapperIn } from '../../wrapper.js'
import { imageOf } from '../workload/templates.js'
import { isAlive, isReady } from './pod-state.js'

const SIGKILLED = 137

interface Conditions {
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
}

type Unstamped = TargetEvent extends infer Event ? (Event extends { at: number } ? Omit<Event, 'at'> : never) : never

/** Turns changes of pods and endpoints into the events of a target. */
export class PodEvents {
  readonly #listener: TargetListener
  /** The container whose image is the version, and whose end counts as the end of the pod. */
  readonly #container: string
  readonly #gone = new Set<string>()
  readonly #endpoints = new Set<string>()
  readonly #conditions = new Map<string, Conditions>()
  readonly #toBeKilled = new Set<string>()
  readonly #restarting = new Set<string>()

  constructor(listener: TargetListener, container: string) {
    this.#listener = listener
    this.#container = container
  }

  podChanged(current: Pod | undefined, previous: Pod | undefined): void {
    const pod = (current ?? previous)?.metadata.name
    if (pod === undefined) return
    if (previous === undefined && current !== undefined) {
      if (!isAlive(current)) return
      this.#gone.delete(pod)
      this.#emit({ type: 'pod-created', pod, version: versionOf(imageOf(current, this.#container)) })
    }
    if (current === undefined) {
      if (previous !== undefined) this.#end(previous)
      return
    }
    const wasReady = previous !== undefined && isReady(previous)
    if (isReady(current) !== wasReady) this.#emit({ type: wasReady ? 'pod-unready' : 'pod-ready', pod })
    if (current.metadata.deletionTimestamp !== undefined && previous?.metadata.deletionTimestamp === undefined) {
      this.#emit({ type: this.#toBeKilled.has(pod) ? 'pod-killed' : 'pod-terminating', pod })
    }
    if (!isAlive(current)) this.#end(current)
    else if (current.metadata.deletionTimestamp === undefined) this.#noticeRestart(current, previous)
  }

  /** Compares the endpoints of all EndpointSlices of the namespace, since a Service with many pods has several slices. */
  endpointsChanged(slices: readonly EndpointSlice[], pods: ReadonlyMap<string, Pod>): void {
    const found = conditionsByPod(slices)
    for (const pod of this.#conditions.keys()) if (!found.has(pod)) this.#conditions.delete(pod)
    for (const [pod, conditions] of found) {
      if (!pods.has(pod) || isDeepStrictEqual(this.#conditions.get(pod), conditions)) continue
      this.#conditions.set(pod, conditions)
      this.#emit({ type: 'endpoint-conditions', pod, ...conditions })
    }
    const ready = new Set([...found].flatMap(([pod, conditions]) => (conditions.ready ? pod : [])))
    for (const pod of ready) {
      if (this.#endpoints.has(pod) || !pods.has(pod)) continue
      this.#endpoints.add(pod)
      this.#emit({ type: 'endpoint-added', pod })
    }
    for (const pod of this.#endpoints) {
      if (ready.has(pod)) continue
      this.#endpoints.delete(pod)
      this.#emit({ type: 'endpoint-removed', pod })
    }
  }

  /** Announces that the run kills this pod, so that its end does not count as a shutdown. */
  expectKill(pod: string): void {
    this.#toBeKilled.add(pod)
  }

  /** Reports that the kubelet ends the container of a pod that stays, with SIGTERM. It has its own hazard window. */
  restarting(pod: string): void {
    if (this.#restarting.has(pod) || this.#gone.has(pod)) return
    this.#restarting.add(pod)
    this.#emit({ type: 'pod-terminating', pod })
  }

  #noticeRestart(current: Pod, previous: Pod | undefined): void {
    const before = statusOf(previous, this.#container)?.restartCount ?? 0
    const after = statusOf(current, this.#container)
    if (previous === undefined || after === undefined || after.restartCount <= before) return
    const ended = after.lastState?.terminated
    const reason = ended?.reason ?? 'restarted'
    const pod = current.metadata.name
    const exitCode = ended?.exitCode ?? null
    if (this.#restarting.delete(pod)) {
      this.#emit({ type: 'pod-gone', pod, exitCode, killed: exitCode === SIGKILLED, ...exitTime(ended) })
      this.#emit({ type: 'pod-created', pod, version: versionOf(imageOf(current, this.#container)) })
      if (isReady(current)) this.#emit({ type: 'pod-ready', pod })
    }
    this.#emit({ type: 'container-ended', pod, exitCode, reason })
  }

  #end(last: Pod): void {
    const { name } = last.metadata
    if (this.#gone.has(name)) return
    this.#gone.add(name)
    const ended = statusOf(last, this.#container)?.state?.terminated
    const exitCode = ended?.exitCode ?? null
    const { command = [], args = [] } = last.spec.containers.find((each) => each.name === this.#container) ?? {}
    const wrapper = wrapperIn([...command, ...args])
    this.#emit({
      type: 'pod-gone',
      pod: name,
      exitCode,
      killed: exitCode === SIGKILLED,
      ...exitTime(ended),
      ...(wrapper === undefined ? {} : { wrapper }),
    })
  }

  #emit(event: Unstamped): void {
    this.#listener({ at: toEpoch(now()), ...event })
  }
}

/** The kubelet truncates the time to seconds. */
function exitTime(ended: { readonly finishedAt?: string } | undefined): { exitedAt?: number } {
  const at = Date.parse(ended?.finishedAt ?? '')
  return Number.isNaN(at) ? {} : { exitedAt: at }
}

const statusOf = (pod: Pod | undefined, container: string) =>
  pod?.status?.containerStatuses?.find(({ name }) => name === container)

/** Merges the endpoints of each pod: the pod gets traffic as long as one of its endpoints is ready. */
function conditionsByPod(slices: readonly EndpointSlice[]): Map<string, Conditions> {
  const found = new Map<string, Conditions>()
  for (const { conditions = {}, targetRef } of slices.flatMap(({ endpoints }) => endpoints ?? [])) {
    if (targetRef?.kind !== 'Pod' || targetRef.name === undefined) continue
    const before = found.get(targetRef.name)
    // An absent condition `ready` means ready, and an absent `serving` has the value of `ready`.
    const ready = conditions.ready !== false
    found.set(targetRef.name, {
      ready: ready || before?.ready === true,
      serving: (conditions.serving ?? ready) || before?.serving === true,
      terminating: conditions.terminating === true || before?.terminating === true,
    })
  }
  return found
}
