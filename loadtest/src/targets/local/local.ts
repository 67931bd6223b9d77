import { once } from 'node:events'
import { HarnessError, UsageError } from '../../base/errors.js'
import { now, toEpoch } from '../../base/clock.js'
import { readManifests, speaksHttps, type Manifests } from '../../inputs/manifests/manifests.js'
import { createRandom } from '../../base/random.js'
import type { Balancer } from './balancers/balancer.js'
import { DeploymentController } from './controller/deployment-controller.js'
import { createEndpoints, type Endpoints } from './balancers/endpoints.js'
import { assertRunsHere } from './limits.js'
import { openLogFiles, type LogFiles } from './log-files.js'
import { nodeAddresses } from './controller/node-addresses.js'
import { Nodes } from './controller/nodes.js'
import type { LocalTargetOptions } from './options.js'
import { openBalancers } from './balancers/open-balancers.js'
import { createReplicaSet } from './controller/create-replica-set.js'
import { firstPodsReady } from './controller/first-pods.js'
import { generateName } from './controller/pod-names.js'
import type { ReplicaSet } from './controller/replica-set.js'
import type { LocalPlan, PodTemplate } from './actions/action.js'
import { waitForAnswer } from '../reachable.js'
import { type RolloutOutcome, type Target, type TargetEvent, type TargetListener } from '../target.js'

export type { LocalTargetOptions } from './options.js'

const ANSWER_LIMIT_MS = 5_000
const BALANCERS = 3
/** The time between SIGTERM and SIGKILL when the harness ends the pods. */
const RESTORE_GRACE_MS = 2_000
/** The age of the first pods: they stand for pods that have been available for a long time. */
const AGE_MS = 3_600_000

/**
 * Creates a target for a Deployment on this machine: real processes behind layer 4 load balancers, rolled as the Deployment
 * controller and the kubelet do.
 *
 * Differences from a cluster:
 * - Nodes are names only. Nothing is scheduled, and no image is pulled.
 * - A pod is one process: the container that the Service leads to.
 * - A connection to a pod that is gone is reset. In a cluster it is refused, or gets no answer.
 * - A process without a SIGTERM handler ends at once. As PID 1 of a container it would ignore the signal until SIGKILL.
 *
 * @example
 * createLocalTarget({
 *   manifests: 'k8s/k8s-cloud-communal.yaml',
 *   command: ['node', 'dist/main.js'],
 *   fromVersion: 'v1.0.0',
 *   toVersion: 'v1.0.1',
 *   action: rollForward({ label: 'rollout' }),
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
  #nodes = new Nodes([])
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
    const manifests =
      typeof options.manifests === 'string'
        ? readManifests(options.manifests, { deployment: options.deployment })
        : options.manifests
    this.#manifests = manifests
    assertRunsHere(manifests, options)
    if (options.logDirectory !== undefined) this.#logs = openLogFiles(options.logDirectory)

    const plan = options.action.plan(options, manifests)
    const names = createRandom(options.seed, 'pods')
    const present = this.#replicaSet(plan.present, generateName(names, 10))
    const other = this.#replicaSet(plan.other, generateName(names, 10))
    const emit = (event: TargetEvent): void => this.#listener(event)
    this.#nodes = new Nodes(await nodeAddresses(options.balancers ?? BALANCERS))
    this.#controller = new DeploymentController(present, other, { manifests, emit })
    this.#endpoints = createEndpoints(emit)

    this.#controller.begin()
    await firstPodsReady(present, {
      progressDeadlineSeconds: manifests.deployment.progressDeadlineSeconds,
      signal: this.#stop.signal,
      nextChange: (limitMs) => this.#nextChange(limitMs),
    })
    for (const pod of present.pods) pod.backdate(AGE_MS)
    await this.#openBalancers(plan)

    const { name, replicas } = manifests.deployment
    this.description = `${name} on this machine (${replicas} processes behind ${this.urls.length} load balancers): ${plan.change}`
  }

  async rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    const [controller, nodes, manifests] = [this.#controller, this.#nodes, this.#manifests]
    if (controller === undefined || manifests === undefined) throw new HarnessError('rollout before start')
    this.#listener({ at: toEpoch(now()), type: 'rollout-started', detail: this.description })
    const stop = AbortSignal.any([signal, this.#stop.signal])
    const emit = (event: TargetEvent): void => this.#listener(event)
    const outcome = await this.#options.action.perform({ controller, nodes, manifests, emit }, stop)
    // The last old pod is gone, but a load balancer may still send connections to it.
    if (outcome.status === 'finished') await Promise.race([this.#endpoints?.propagated(), aborted(stop)])
    const at = toEpoch(now())
    if (outcome.status === 'finished') this.#listener({ at, type: 'rollout-finished', detail: this.description })
    if (outcome.status === 'failed' && outcome.undone !== true) {
      this.#listener({ at, type: 'rollout-failed', reason: outcome.reason })
    }
    return outcome
  }

  /** Ends every process and every load balancer. */
  async restore(): Promise<undefined> {
    this.#stop.abort()
    this.#listener = () => {}
    this.#wake()
    this.#endpoints?.close()
    this.#controller?.stop()
    await Promise.all((this.#controller?.pods ?? []).map((pod) => pod.destroy(RESTORE_GRACE_MS)))
    // The start may still open load balancers.
    await this.#starting.catch(() => {})
    await Promise.all(this.#balancers.splice(0).map((balancer) => balancer.close()))
    await this.#logs?.close()
  }

  #replicaSet(template: PodTemplate, hash: string): ReplicaSet {
    const { seed, cwd, env = {} } = this.#options
    return createReplicaSet({
      template,
      hash,
      seed,
      cwd,
      environment: env,
      place: () => this.#nodes.place(this.#controller?.pods ?? []),
      emit: (event) => this.#listener(event),
      onLine: (pod, line) => this.#takeLine(pod, line),
      onChange: () => this.#changed(),
    })
  }

  #nextChange(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      setTimeout(resolve, limitMs).unref()
    })
  }

  async #openBalancers({ propagation = this.#options.propagation }: LocalPlan): Promise<void> {
    const { seed, onRefused, onRouted, access, https = speaksHttps(this.#requireManifests()) } = this.#options
    const endpoints = this.#endpoints
    if (endpoints === undefined) throw new HarnessError('used before start')
    const opened = await openBalancers({
      nodes: this.#nodes.all,
      endpoints,
      seed,
      propagation,
      onRefused,
      onRouted,
      https,
    })
    this.#balancers.push(...opened)
    for (const { url } of opened) {
      // oxlint-disable-next-line no-await-in-loop -- the first URL without a response ends the start
      const problem = await waitForAnswer(url, ANSWER_LIMIT_MS, { signal: this.#stop.signal, access })
      if (problem !== undefined) {
        const port = portInWords(this.#requireManifests())
        throw new UsageError(
          `every pod is ready, but none answers ${https ? 'HTTPS' : 'HTTP'}: ${problem}; make the program listen for it on ${port}${https ? '' : ', or give --https if it speaks TLS'}`,
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

  #takeLine(pod: string, line: string): void {
    this.#options.onPodOutput?.(pod, line)
    this.#logs?.write(pod, line)
  }

  #requireManifests(): Manifests {
    if (this.#manifests === undefined) throw new HarnessError('used before start')
    return this.#manifests
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

/** Returns the port of a program in words: each pod has a port of its own, which a variable holds. */
const portInWords = ({ container, containerPort }: Manifests): string => {
  const variable = container.env.find((each) => 'value' in each && each.value === String(containerPort))
  return variable === undefined ? `containerPort ${containerPort}` : `the port in the variable ${variable.name}`
}
