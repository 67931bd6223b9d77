import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { now, toEpoch } from '../../../base/clock.js'
import type { Manifests, Probe } from '../../../inputs/manifests/manifests.js'
import type { Random } from '../../../base/random.js'
import { gist, REMEMBERED_LINES } from '../../output.js'
import type { TargetEvent } from '../../target.js'
import { startContainer, type Container } from './container.js'
import type { Endpoint } from '../balancers/endpoints.js'
import { podCommand, podEnvironment, podPorts } from './environment.js'
import { reservePort } from './ports.js'
import type { ProcessExit } from './process.js'

export interface PodOptions {
  readonly manifests: Manifests
  readonly name: string
  readonly version: string
  /** The name of its node. */
  readonly node: string
  /** The argv of its process; `$(NAME)` stands for a variable of its environment. */
  readonly command: readonly string[]
  /** Over the manifest's variables. */
  readonly environment: Readonly<Record<string, string>>
  /** Where its process runs; undefined: where this one does. */
  readonly cwd: string | undefined
  /** When its node notices what happens in it. */
  readonly random: Random
  readonly emit: (event: TargetEvent) => void
  readonly onLine: (pod: string, line: string) => void
  /** Something changed that the controllers look at. */
  readonly onChange: () => void
}

// Between SIGTERM and SIGKILL the kubelet leaves every container this long, however much of the grace period preStop took.
const MINIMUM_GRACE_MS = 2_000
// The kubelet's back-off between restarts: none before the first, then 10 s, doubled each time, to 5 minutes at most.
const FIRST_BACKOFF_MS = 10_000
const MAX_BACKOFF_MS = 300_000
const SIGKILLED = 137
// The kubelet looks at its containers once a second (`plegRelistPeriod` in pkg/kubelet/kubelet.go), and then takes its time to have
// the API server forget the pod: in all 0.4 to 1.3 s after the process had ended on an idle cluster of two nodes, up to 3.6 s on a busy one.
const RELIST_MS = 1_000
const REMOVAL_MS = { min: 200, max: 1_000 }
// From the deletion to SIGTERM: the kubelet hears of it by its watch and asks the container runtime. A process that ended at the signal cost
// its first request 37 to 140 ms after the deletion, three times on a cluster of two nodes, and 18 to 35 ms here without it.
const SIGTERM_MS = { min: 20, max: 110 }

/**
 * A pod on this machine: one process, and what the kubelet does to it from its start to its end.
 *
 * Sources: kubernetes `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`killContainer`, `executePreStopHook`) and
 * `kuberuntime_manager.go` (`doBackOff`).
 */
export class Pod {
  readonly name: string
  readonly version: string
  readonly node: string
  readonly createdAt: number = now()
  /** On the harness's clock; undefined while it is not ready. */
  readySince: number | undefined
  /** Deleted: its endpoint is terminating, its process is being ended. */
  deleted = false
  gone = false
  /** How often its process has ended though the pod was not deleted. */
  exits = 0
  readonly ended: Promise<void>
  readonly #options: PodOptions
  readonly #deletion = new AbortController()
  readonly #destruction = new AbortController()
  readonly #lines: string[] = []
  #container: Container | undefined
  #port: number | undefined
  #lastExit: ProcessExit | undefined
  #killed = false
  #noticed: Promise<unknown> = Promise.resolve()

  constructor(options: PodOptions) {
    this.#options = options
    this.name = options.name
    this.version = options.version
    this.node = options.node
    options.emit({ at: toEpoch(now()), type: 'pod-created', pod: this.name, version: this.version })
    this.ended = this.#live()
  }

  get ready(): boolean {
    return this.readySince !== undefined
  }

  /** True where its process could not even be started. */
  get unstartable(): boolean {
    return this.#lastExit !== undefined && this.#lastExit.exitCode === null
  }

  /** Counts as ready for `ms` longer than it has been: it stands for a pod that has long been running. */
  backdate(ms: number): void {
    if (this.readySince !== undefined) this.readySince -= ms
  }

  /** As its Service's EndpointSlice shows it; undefined while it has no address. */
  endpoint(publishNotReady: boolean): Endpoint | undefined {
    if (this.#port === undefined || this.gone) return undefined
    const ready = publishNotReady || (this.ready && !this.deleted)
    return { pod: this.name, port: this.#port, ready, serving: this.ready, terminating: this.deleted }
  }

  /** For people: what is wrong with it, with the last lines of its output. */
  get trouble(): string {
    const failure = this.#container?.readinessFailure
    const what =
      this.exits > 0 && this.#lastExit !== undefined
        ? `ended ${this.exits === 1 ? 'once' : `${this.exits} times`} (${this.#lastExit.description})`
        : `is not ready${failure === undefined ? '' : ` (${failure})`}`
    const output = this.#lines.length === 0 ? 'it printed nothing' : `its last output: ${gist(this.#lines)}`
    return `pod ${this.name} ${what}; ${output}`
  }

  /** Deletes it: out of the endpoints, preStop, SIGTERM, and SIGKILL at the end of the grace period. */
  delete(): void {
    if (this.deleted) return
    this.deleted = true
    this.#options.emit({ at: toEpoch(now()), type: 'pod-terminating', pod: this.name })
    this.#options.onChange()
    this.#deletion.abort()
  }

  /**
   * SIGKILL, as the kernel would when memory runs out: the pod stays, its container is started again.
   *
   * @returns when the end of its process has been noticed.
   */
  async kill(): Promise<void> {
    if (this.#container === undefined) return
    this.#options.emit({ at: toEpoch(now()), type: 'pod-killed', pod: this.name })
    this.#container.process.kill()
    await this.#noticed
  }

  /** Ends its process for good and without ceremony: SIGTERM, and SIGKILL after `graceMs`. */
  async destroy(graceMs: number): Promise<void> {
    this.deleted = true
    this.#destruction.abort()
    this.#deletion.abort()
    this.#container?.process.terminate()
    const timer = setTimeout(() => this.#container?.process.kill(), graceMs)
    await this.ended
    clearTimeout(timer)
  }

  async #live(): Promise<void> {
    const ports = await this.#takePorts().catch((error: unknown) => this.#cannotStart(error))
    for (let backoff = 0; !this.deleted; backoff = Math.min(Math.max(backoff * 2, FIRST_BACKOFF_MS), MAX_BACKOFF_MS)) {
      // oxlint-disable-next-line no-await-in-loop -- one run of the container after the other
      await sleep(backoff, undefined, { signal: this.#deletion.signal }).catch(() => {})
      if (this.deleted) break
      // oxlint-disable-next-line no-await-in-loop -- as above
      await this.#runContainer(ports)
    }
    if (this.#lastExit !== undefined) await this.#pause(this.#options.random.between(REMOVAL_MS.min, REMOVAL_MS.max))
    this.gone = true
    this.readySince = undefined
    const { exitCode = null } = this.#lastExit ?? {}
    this.#options.emit({ at: toEpoch(now()), type: 'pod-gone', pod: this.name, exitCode, killed: this.#killed })
    this.#options.onChange()
  }

  /** There is nothing to run: it stays as it is until it is deleted. */
  async #cannotStart(error: unknown): Promise<ReadonlyMap<number, number>> {
    const description = error instanceof Error ? error.message : String(error)
    this.#lastExit = { at: toEpoch(now()), exitCode: null, description }
    this.exits = 1
    this.#options.onChange()
    if (!this.deleted) await once(this.#deletion.signal, 'abort')
    return new Map()
  }

  async #takePorts(): Promise<ReadonlyMap<number, number>> {
    const { manifests } = this.#options
    const wanted = podPorts(manifests)
    const reservations = await Promise.all(wanted.map(() => reservePort()))
    const ports = new Map(wanted.map((port, index) => [port, reservations[index]?.port ?? 0]))
    await Promise.all(reservations.map((reservation) => reservation.release()))
    this.#port = ports.get(manifests.containerPort)
    return ports
  }

  /** One run of the container, to its end, whatever ended it. */
  async #runContainer(ports: ReadonlyMap<number, number>): Promise<void> {
    const { manifests, environment, command, cwd } = this.#options
    const variables = podEnvironment(manifests, environment, {
      name: this.name,
      version: this.version,
      node: this.node,
      ports,
    })
    let reportUnhealthy: ((_: { probe: Probe; reason: string }) => void) | undefined
    const unhealthy = new Promise<{ probe: Probe; reason: string }>((resolve) => {
      reportUnhealthy = resolve
    })
    const container = startContainer({
      manifest: manifests.container,
      argv: podCommand(command, variables),
      environment: variables,
      cwd,
      ports,
      onLine: (line) => this.#hear(line),
      onReady: (ready) => this.#setReady(ready),
      onUnhealthy: (probe, reason) => reportUnhealthy?.({ probe, reason }),
    })
    this.#container = container
    this.#options.onChange()
    const noticed = container.exited.then(async (exit) => {
      await this.#pause(this.#options.random.between(0, RELIST_MS))
      this.#setReady(false)
      return exit
    })
    this.#noticed = noticed

    const deletion = new Promise<'deleted'>((resolve) => {
      if (this.#deletion.signal.aborted) resolve('deleted')
      this.#deletion.signal.addEventListener('abort', () => resolve('deleted'), { once: true })
    })
    const first = await Promise.race([noticed, unhealthy, deletion])
    const grace = manifests.deployment.terminationGracePeriodSeconds
    if (first === 'deleted') {
      container.stopHealthProbes()
      await this.#pause(this.#options.random.between(SIGTERM_MS.min, SIGTERM_MS.max))
      this.#killed = await this.#kill(container, grace)
      this.#lastExit = await noticed
      return
    }
    let reason = 'its process ended'
    if ('probe' in first) {
      reason = `${first.probe.field.split('.').at(-1)} failed: ${first.reason}`
      container.stopHealthProbes()
      await this.#kill(container, first.probe.terminationGracePeriodSeconds ?? grace)
    }
    this.#lastExit = await noticed
    this.exits += 1
    const { at, exitCode } = this.#lastExit
    if (!this.deleted) this.#options.emit({ at, type: 'container-ended', pod: this.name, exitCode, reason })
    this.#options.onChange()
  }

  /** @returns whether it took SIGKILL. */
  async #kill(container: Container, graceSeconds: number): Promise<boolean> {
    const startedAt = now()
    const { preStop } = this.#options.manifests.container
    const { signal } = this.#destruction
    // The sleep goes on though the process has ended, as on a cluster (kubernetes/kubernetes#134338).
    if (preStop?.type === 'sleep') await sleep(preStop.seconds * 1_000, undefined, { signal }).catch(() => {})
    // The kubelet counts what preStop took in whole seconds.
    const spentSeconds = Math.floor((now() - startedAt) / 1_000)
    let killed = false
    container.process.terminate()
    const timer = setTimeout(
      () => {
        killed = true
        container.process.kill()
      },
      Math.max((graceSeconds - spentSeconds) * 1_000, MINIMUM_GRACE_MS),
    )
    const { exitCode } = await container.exited
    clearTimeout(timer)
    // It may have ended by itself while its last output was read.
    return killed && exitCode === SIGKILLED
  }

  /** Not when the harness ends it. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#destruction.signal }).catch(() => {})
  }

  #setReady(ready: boolean): void {
    if (ready === this.ready) return
    this.readySince = ready ? now() : undefined
    this.#options.emit({ at: toEpoch(now()), type: ready ? 'pod-ready' : 'pod-unready', pod: this.name })
    this.#options.onChange()
  }

  #hear(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > REMEMBERED_LINES) this.#lines.shift()
    this.#options.onLine(this.name, line)
  }
}
