import { now, toEpoch } from '../clock.js'
import { readManifests, type Manifests } from '../manifests.js'
import { createRandom } from '../random.js'
import { createBalancer, type Balancer } from './local/balancer.js'
import { DeploymentController } from './local/deployment-controller.js'
import { createEndpoints, type Endpoints } from './local/endpoints.js'
import { assertRunsHere } from './local/limits.js'
import { openLogFiles, type LogFiles } from './local/log-files.js'
import type { LocalTargetOptions } from './local/options.js'
import { Pod } from './local/pod.js'
import { createPropagationDelay } from './local/propagation.js'
import { generateName, ReplicaSet } from './local/replica-set.js'
import { waitForAnswer } from './reachable.js'
import { TargetError, type RolloutOutcome, type Target, type TargetEvent, type TargetListener } from './target.js'

export type { LocalTargetOptions } from './local/options.js'
export type { RefusedConnection } from './local/balancer.js'

/** How long the first pods may take to become ready, whatever the progress deadline says. */
const START_LIMIT_MS = 120_000
const ANSWER_LIMIT_MS = 5_000
/** Between SIGTERM and SIGKILL when the harness itself ends. */
const RESTORE_GRACE_MS = 2_000
/** The first pods stand for ones that have long been available. */
const AGE_MS = 3_600_000

/**
 * A Deployment on this machine: real processes behind small load balancers, rolled as the Deployment controller and the
 * kubelet would.
 *
 * What is not as on a cluster: one machine, so no nodes, no scheduling, no image pulls; one process for each pod, the
 * container that the Service leads to; a connection to a pod that is gone is reset rather than refused or left without an
 * answer; and a process without a SIGTERM handler of its own ends at once, while as PID 1 of a container it would not
 * notice the signal and be killed at the end of the grace period.
 *
 * @example
 * createLocalTarget({
 *   manifests: 'k8s/base',
 *   command: ['node', 'dist/main.js'],
 *   fromVersion: 'v1.0.0',
 *   toVersion: 'v1.0.1',
 *   scenario: chooseScenario('set-image'),
 *   seed: 1,
 * })
 */
export function createLocalTarget(options: LocalTargetOptions): Target {
  return new LocalTarget(options)
}

class LocalTarget implements Target {
  description = 'a Deployment on this machine'
  readonly urls: string[] = []
  readonly #options: LocalTargetOptions
  readonly #stop = new AbortController()
  readonly #balancers: Balancer[] = []
  #logs: LogFiles | undefined
  #listener: TargetListener = () => {}
  #endpoints: Endpoints | undefined
  #controller: DeploymentController | undefined
  #manifests: Manifests | undefined
  #wake: () => void = () => {}
  #starting: Promise<void> = Promise.resolve()

  constructor(options: LocalTargetOptions) {
    this.#options = options
  }

  start(listener: TargetListener): Promise<void> {
    this.#starting = this.#start(listener)
    return this.#starting
  }

  async #start(listener: TargetListener): Promise<void> {
    const options = this.#options
    this.#listener = listener
    const manifests = readManifests(options.manifests, options.deployment)
    this.#manifests = manifests
    assertRunsHere(manifests, options)
    if (options.logDirectory !== undefined) this.#logs = openLogFiles(options.logDirectory)

    const { from, to } = versions(options)
    const names = createRandom(options.seed, 'pods')
    const old = this.#replicaSet(from, generateName(names, 10))
    const fresh = this.#replicaSet(to, generateName(names, 10))
    const emit = (event: TargetEvent): void => this.#emit(event)
    this.#controller = new DeploymentController(old, fresh, { manifests, emit })
    this.#endpoints = createEndpoints(emit)

    old.desired = manifests.deployment.replicas
    old.sync()
    await this.#untilReady(old)
    for (const pod of old.pods) pod.backdate(AGE_MS)
    await this.#openBalancers()

    const { name, replicas } = manifests.deployment
    const change = from === to ? `restart of ${from}` : `${options.scenario.scenario.name} from ${from} to ${to}`
    this.description = `${name} on this machine (${replicas} processes behind ${this.urls.length} load balancers): ${change}`
  }

  async rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    if (this.#controller === undefined) throw new TargetError('harness', 'rollout before start')
    this.#emit({ at: toEpoch(now()), type: 'rollout-started', detail: this.description })
    const stop = AbortSignal.any([signal, this.#stop.signal])
    const outcome = await this.#controller.rollout(stop)
    // The last old pod is gone, but a load balancer may not have heard of it yet: to its clients the rollout goes on.
    if (outcome.status === 'finished') await Promise.race([this.#endpoints?.settled(), aborted(stop)])
    const at = toEpoch(now())
    if (outcome.status === 'finished') this.#emit({ at, type: 'rollout-finished', detail: this.description })
    if (outcome.status === 'failed') this.#emit({ at, type: 'rollout-failed', reason: outcome.reason })
    return outcome
  }

  /** Ends every process and load balancer: what ran here was made for the run alone. */
  async restore(): Promise<undefined> {
    this.#stop.abort()
    this.#listener = () => {}
    this.#wake()
    this.#endpoints?.close()
    await Promise.all((this.#controller?.pods ?? []).map((pod) => pod.destroy(RESTORE_GRACE_MS)))
    // What it had begun to open must be there to be closed.
    await this.#starting.catch(() => {})
    await Promise.all(this.#balancers.splice(0).map((balancer) => balancer.close()))
    await this.#logs?.close()
  }

  #replicaSet(version: string, hash: string): ReplicaSet {
    const { command, toCommand, toVersion, scenario, seed, env = {} } = this.#options
    const manifests = this.#requireManifests()
    const suffixes = createRandom(seed, 'pods', hash)
    const isNew = version === toVersion && scenario.scenario.name !== 'restart'
    return new ReplicaSet(
      version,
      () =>
        new Pod({
          manifests,
          name: `${manifests.deployment.name}-${hash}-${generateName(suffixes, 5)}`,
          version,
          command: isNew ? (toCommand ?? command) : command,
          environment: env,
          emit: (event) => this.#emit(event),
          onLine: (pod, line) => this.#hear(pod, line),
          onChange: () => this.#changed(),
        }),
    )
  }

  async #untilReady(old: ReplicaSet): Promise<void> {
    const { progressDeadlineSeconds } = this.#requireManifests().deployment
    const end = now() + Math.min(progressDeadlineSeconds * 1_000, START_LIMIT_MS)
    for (;;) {
      if (this.#stop.signal.aborted) throw new TargetError('harness', 'stopped before every pod was ready')
      if (old.active.every((pod) => pod.ready)) return
      const failed = old.active.find((pod) => pod.unstartable || pod.exits > 1 || (now() >= end && !pod.ready))
      if (failed !== undefined) throw new TargetError('usage', `${old.version} does not start: ${failed.trouble}`)
      // oxlint-disable-next-line no-await-in-loop -- waits for the next change
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        setTimeout(resolve, Math.max(end - now(), 0)).unref()
      })
    }
  }

  async #openBalancers(): Promise<void> {
    const { seed, balancers = 3, propagation, onRefused } = this.#options
    const numbers = Array.from({ length: balancers }, (_, index) => String(index))
    const opened = await Promise.all(
      numbers.map((number) => createBalancer(createRandom(seed, 'balancer', number), onRefused)),
    )
    this.#balancers.push(...opened)
    for (const [index, balancer] of opened.entries()) {
      this.#endpoints?.subscribe(
        balancer,
        createPropagationDelay(propagation, createRandom(seed, 'propagation', String(index))),
      )
    }
    const { containerPort } = this.#requireManifests()
    for (const { url } of opened) {
      // oxlint-disable-next-line no-await-in-loop -- the first one that does not answer says it all
      const problem = await waitForAnswer(url, ANSWER_LIMIT_MS, this.#stop.signal)
      if (problem !== undefined) {
        throw new TargetError(
          'usage',
          `every pod is ready, but nothing answers HTTP on containerPort ${containerPort}: ${problem}`,
        )
      }
    }
    this.urls.push(...opened.map(({ url }) => url))
  }

  #changed(): void {
    const publishNotReady = this.#requireManifests().service.publishNotReadyAddresses
    const endpoints = (this.#controller?.pods ?? []).map((pod) => pod.endpoint(publishNotReady))
    this.#endpoints?.publish(endpoints.filter((endpoint) => endpoint !== undefined))
    this.#controller?.changed()
    this.#wake()
  }

  #hear(pod: string, line: string): void {
    this.#options.onPodOutput?.(pod, line)
    this.#logs?.write(pod, line)
  }

  #emit(event: TargetEvent): void {
    this.#listener(event)
  }

  #requireManifests(): Manifests {
    if (this.#manifests === undefined) throw new TargetError('harness', 'used before start')
    return this.#manifests
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function versions({ scenario: { scenario }, fromVersion, toVersion }: LocalTargetOptions): {
  from: string
  to: string
} {
  if (scenario.name === 'restart') return { from: fromVersion, to: fromVersion }
  return scenario.name === 'undo' ? { from: toVersion, to: fromVersion } : { from: fromVersion, to: toVersion }
}
