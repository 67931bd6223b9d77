import { setTimeout as sleep } from 'node:timers/promises'
import { now, toEpoch } from '../../../base/clock.js'
import { KEPT_LINES } from '../../output.js'
import { startContainer, type Container } from './container.js'
import type { Endpoint } from '../balancers/endpoints.js'
import { podCommand, podEnvironment, podPorts } from './environment.js'
import { freePorts } from './ports.js'
import { describeFailure } from './pod-failure.js'
import { watchListener } from './listener-watch.js'
import { wrapperIn } from '../../wrapper.js'
import { nextBackoff, RELIST_MS, REMOVAL_MS } from './kubelet-timing.js'
import type { PodOptions } from './pod-options.js'
import type { ProcessExit } from './processes/process.js'
import { pause, runToEnd } from './termination.js'

/**
 * A pod on this machine: one process, which is started, probed, restarted and ended as the kubelet does.
 */
export class Pod {
  readonly name: string
  readonly version: string
  readonly node: string
  readonly createdAt: number = now()
  /** When the pod became ready, on the harness's clock; undefined while it is not ready. */
  readySince: number | undefined
  /** Whether the pod was deleted: its endpoint is terminating, and its process is being ended. */
  deleted = false
  gone = false
  /** How often the process has ended although the pod was not deleted. */
  exits = 0
  readonly ended: Promise<void>
  readonly #options: PodOptions
  readonly #deletion = new AbortController()
  readonly #destruction = new AbortController()
  readonly #deleted: Promise<'deleted'>
  readonly #lines: string[] = []
  #container: Container | undefined
  #port: number | undefined
  #lastExit: ProcessExit | undefined
  #killed = false
  /** When its sockets showed that its process had ended, epoch ms: a busy harness learns of an exit later. */
  #endedAt = Infinity
  #stopWatch = (): void => {}
  #noticed: Promise<unknown> = Promise.resolve()

  constructor(options: PodOptions) {
    this.#options = options
    this.name = options.name
    this.version = options.version
    this.node = options.node.name
    options.emit({ at: toEpoch(now()), type: 'pod-created', pod: this.name, version: this.version })
    this.#deleted = new Promise((resolve) => {
      this.#deletion.signal.addEventListener('abort', () => resolve('deleted'), { once: true })
    })
    this.ended = this.#live()
  }

  get ready(): boolean {
    return this.readySince !== undefined
  }

  /** Whether the process could not be started. */
  get unstartable(): boolean {
    return this.#lastExit !== undefined && this.#lastExit.exitCode === null
  }

  /** Moves the start of readiness back, for a pod that stands for one that has been running for a long time. */
  backdate(ms: number): void {
    if (this.readySince !== undefined) this.readySince -= ms
  }

  /** Returns the endpoint of the pod in the EndpointSlice; undefined while the pod has no address. */
  endpoint(publishNotReady: boolean): Endpoint | undefined {
    if (this.#port === undefined || this.gone) return undefined
    const ready = publishNotReady || (this.ready && !this.deleted)
    return { pod: this.name, port: this.#port, ready, serving: this.ready, terminating: this.deleted }
  }

  /** Describes why the pod is not ready, with the last lines of its output. */
  get failure(): string {
    const [lastExit, readinessFailure] = [this.#lastExit, this.#container?.readinessFailure]
    return describeFailure({ name: this.name, exits: this.exits, lastExit, readinessFailure, lines: this.#lines })
  }

  /** Deletes the pod: its endpoint terminates, then follow preStop, SIGTERM, and SIGKILL at the end of the grace period. */
  delete(): void {
    if (this.deleted) return
    this.deleted = true
    this.#options.emit({ at: toEpoch(now()), type: 'pod-terminating', pod: this.name })
    if (this.#port !== undefined) {
      this.#stopWatch = watchListener(this.#port, ({ at, waiting }) => {
        if (this.#container?.process.hasEnded() === true) this.#endedAt = at
        this.#options.emit({ at, type: 'listener-closed', pod: this.name, waiting })
      })
    }
    this.#options.onChange()
    this.#deletion.abort()
  }

  /**
   * Sends SIGKILL to the process, as the kernel does when memory runs out. The pod stays and starts its container again.
   *
   * Resolves when the kubelet notices the end of the process.
   */
  async kill(): Promise<void> {
    if (this.#container === undefined) return
    this.#options.emit({ at: toEpoch(now()), type: 'pod-killed', pod: this.name })
    this.#container.process.kill()
    await this.#noticed
  }

  /** Ends the process without preStop and without a restart: SIGTERM, and SIGKILL after `graceMs`. */
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
    for (let backoff = 0; !this.deleted; backoff = nextBackoff(backoff)) {
      // oxlint-disable-next-line no-await-in-loop -- one run of the container after the other
      await sleep(backoff, undefined, { signal: this.#deletion.signal }).catch(() => {})
      if (this.deleted) break
      // oxlint-disable-next-line no-await-in-loop -- as above
      await this.#runContainer(ports)
    }
    this.#stopWatch()
    if (this.#lastExit !== undefined)
      await pause(this.#options.random.between(REMOVAL_MS.min, REMOVAL_MS.max), this.#destruction.signal)
    this.gone = true
    this.readySince = undefined
    const { exitCode = null, at: exitedAt } = this.#lastExit ?? {}
    const wrapper = wrapperIn(this.#container?.process.terminated ?? [])
    const exit = {
      exitCode,
      killed: this.#killed,
      ...(exitedAt === undefined ? {} : { exitedAt: Math.min(exitedAt, this.#endedAt) }),
      ...(wrapper === undefined ? {} : { wrapper }),
    }
    this.#options.emit({ at: toEpoch(now()), type: 'pod-gone', pod: this.name, ...exit })
    this.#options.onChange()
  }

  /** Waits for the deletion of a pod without a port. */
  async #cannotStart(error: unknown): Promise<ReadonlyMap<number, number>> {
    const description = error instanceof Error ? error.message : String(error)
    this.#lastExit = { at: toEpoch(now()), exitCode: null, description }
    this.exits = 1
    this.#options.onChange()
    await this.#deleted
    return new Map()
  }

  async #takePorts(): Promise<ReadonlyMap<number, number>> {
    const { manifests } = this.#options
    const ports = await freePorts(podPorts(manifests))
    this.#port = ports.get(manifests.containerPort)
    return ports
  }

  /** Runs the container once, to its end. */
  async #runContainer(ports: ReadonlyMap<number, number>): Promise<void> {
    const { manifests, environment, command, cwd } = this.#options
    const variables = podEnvironment(manifests, environment, {
      name: this.name,
      version: this.version,
      node: this.node,
      ports,
    })
    const container = startContainer({
      manifest: manifests.container,
      argv: podCommand(command, variables),
      environment: variables,
      cwd,
      ports,
      nodeAddress: this.#options.node.address,
      onLine: (line) => this.#takeLine(line),
      onReady: (ready) => this.#setReady(ready),
    })
    this.#container = container
    this.#options.onChange()
    const noticed = container.exited.then(async (exit) => {
      await pause(this.#options.random.between(0, RELIST_MS), this.#destruction.signal)
      this.#setReady(false)
      return exit
    })
    this.#noticed = noticed

    const [deleted, signal] = [this.#deleted, this.#destruction.signal]
    const end = await runToEnd({ container, noticed, deleted, manifests, random: this.#options.random, signal })
    this.#lastExit = end.exit
    if (end.reason === undefined) {
      this.#killed = end.killed
      return
    }
    this.exits += 1
    const { reason } = end
    const { at, exitCode } = end.exit
    if (!this.deleted) this.#options.emit({ at, type: 'container-ended', pod: this.name, exitCode, reason })
    this.#options.onChange()
  }

  #setReady(ready: boolean): void {
    if (ready === this.ready) return
    this.readySince = ready ? now() : undefined
    this.#options.emit({ at: toEpoch(now()), type: ready ? 'pod-ready' : 'pod-unready', pod: this.name })
    this.#options.onChange()
  }

  #takeLine(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > KEPT_LINES) this.#lines.shift()
    this.#options.onLine(this.name, line)
  }
}
