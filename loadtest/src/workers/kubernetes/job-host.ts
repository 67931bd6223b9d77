import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeConfig } from '@kubernetes/client-node'
import { now } from '../../base/clock.js'
import { HarnessError, messageOf } from '../../base/errors.js'
import { ApiError } from '../../targets/kubernetes/api/api-error.js'
import { Client } from '../../targets/kubernetes/api/client.js'
import { explainApi } from '../../targets/kubernetes/api/explain.js'
import { Informer } from '../../targets/kubernetes/api/informer.js'
import { firstLine } from '../../targets/kubernetes/api/kubeconfig.js'
import type { KubernetesObject, Pod } from '../../targets/kubernetes/api/objects.js'
import { podPath } from '../../targets/kubernetes/api/paths.js'
import { portForward } from '../../targets/kubernetes/api/port-forward.js'
import { assertRights } from '../../targets/kubernetes/api/rights.js'
import { describeWaiting, FailureWatch } from '../../targets/kubernetes/pods/pod-failures.js'
import { WORKER_PORT } from '../host.js'
import type { Place, WorkerHost } from '../host.js'
import type { WorkerSpec } from '../spec.js'
import { jobObject, LOAD_LABEL, secretObject } from './objects.js'
import { WORKER_RIGHTS } from './rights.js'

export interface JobHostOptions {
  readonly config: KubeConfig
  readonly namespace: string
  readonly image: string
  /** After this time, in s, the cluster ends the Job, even if the coordinator has gone. */
  readonly longestSeconds: number
}

const INDEX = 'batch.kubernetes.io/job-completion-index'
const API_LIMIT_MS = 60_000
const PAUSE_MS = 250
/** The time for the Job to be gone, beside the grace period of its pods. */
const DELETION_LIMIT_MS = 60_000

/** Runs the workers as the pods of an Indexed Job. */
export class JobHost implements WorkerHost {
  readonly #options: JobHostOptions
  readonly #client: Client
  /** One for each worker: a watch forgets the failures that it is not told again. */
  readonly #failures = new Map<number, FailureWatch>()
  /** The last state of each worker's pod, also after its deletion. */
  readonly #pods = new Map<number, Pod>()
  readonly #gone = new Set<string>()
  #informer: Informer<Pod> | undefined
  #name = ''

  constructor(options: JobHostOptions) {
    this.#options = options
    this.#client = new Client(options.config)
  }

  async addresses(urls: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const found = await Promise.all(urls.map(async (url) => [url, await this.#clusterIp(url)] as const))
    return Object.fromEntries(
      found.flatMap(([url, address]) => (address === undefined ? [] : [[url, address] as const])),
    )
  }

  async create(spec: WorkerSpec): Promise<void> {
    const { namespace, image, longestSeconds } = this.#options
    await assertRights(this.#client, namespace, WORKER_RIGHTS)
    this.#name = `zero-drop-load-${spec.runId.replace(/^zd-/u, '')}`
    try {
      const body = jobObject({ name: this.#name, image, spec, longestSeconds })
      const job = await this.#client.call<KubernetesObject>('POST', this.#path('batch'), { body })
      // The pods wait for it.
      const secret = secretObject(this.#name, job.metadata.uid ?? '', spec)
      await this.#client.call('POST', this.#path('secrets'), { body: secret })
    } catch (error) {
      throw explainApi(error, this.#client, 'usage', `creating the Job ${this.#name} of the workers`)
    }
    this.#informer = new Informer<Pod>({
      client: this.#client,
      path: podPath(namespace),
      what: 'the pods of the workers',
      labelSelector: `${LOAD_LABEL}=${this.#name}`,
      onChange: (pod, previous) => this.#note(pod, previous),
      onGap: () => {},
    })
    await this.#informer.synced
  }

  async connect(index: number): Promise<Duplex> {
    const pod = this.#pods.get(index)
    const running = pod?.status?.containerStatuses?.some(({ state }) => state?.running !== undefined)
    if (pod === undefined || running !== true) throw new HarnessError('its container does not run')
    return portForward(this.#options.config, this.#options.namespace, pod.metadata.name, WORKER_PORT)
  }

  place(index: number): Place | undefined {
    const pod = this.#pods.get(index)
    return pod === undefined ? undefined : { pod: pod.metadata.name, node: pod.spec.nodeName }
  }

  whyLost(index: number): string | undefined {
    const pod = this.#pods.get(index)
    if (pod === undefined) return undefined
    const { phase, reason, message, containerStatuses = [] } = pod.status ?? {}
    const ended = containerStatuses.find(({ state }) => state?.terminated !== undefined)?.state?.terminated
    if (ended !== undefined) {
      const why = ended.reason === undefined || ended.reason === 'Error' ? '' : ` (${ended.reason})`
      return `its container ended with exit code ${ended.exitCode}${why}${reason === undefined ? '' : `, ${reason}: ${message ?? ''}`}`
    }
    if (phase === 'Failed') return `its pod failed: ${reason ?? ''} ${message ?? ''}`.trim()
    if (this.#gone.has(pod.metadata.uid ?? '')) return 'its pod was deleted'
    const failures = this.#failures.get(index) ?? new FailureWatch()
    this.#failures.set(index, failures)
    return failures.lasting({}, [pod])?.text
  }

  waitsFor(index: number): string | undefined {
    const pod = this.#pods.get(index)
    if (pod === undefined) return 'the Job controller has created no pod for it'
    return describeWaiting([pod]).replace(/^: /u, '') || undefined
  }

  async remove(): Promise<string | undefined> {
    this.#informer?.stop()
    if (this.#name === '') return undefined
    try {
      // Foreground deletion keeps the Job until its last pod is gone.
      await this.#delete(this.#path('batch', this.#name), { propagationPolicy: 'Foreground' })
      await this.#delete(this.#path('secrets', this.#name), {})
      const end = now() + DELETION_LIMIT_MS
      // oxlint-disable-next-line no-await-in-loop -- one read after the other
      while (await this.#exists()) {
        if (now() > end) throw new Error(`still there ${DELETION_LIMIT_MS / 1_000} s after its deletion`)
        // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
        await sleep(PAUSE_MS)
      }
      return undefined
    } catch (error) {
      const { namespace } = this.#options
      return `the Job ${this.#name} of the workers could not be removed (${firstLine(error)}): remove it with 'kubectl delete -n ${namespace} job,secret ${this.#name}'`
    }
  }

  #note(pod: Pod | undefined, previous: Pod | undefined): void {
    const known = pod ?? previous
    const index = Number(known?.metadata.annotations?.[INDEX] ?? known?.metadata.labels?.[INDEX])
    if (known === undefined || !Number.isInteger(index)) return
    if (pod === undefined) this.#gone.add(known.metadata.uid ?? '')
    // Only the first pod of an index counts: a later one has no attempts of the earlier.
    const first = this.#pods.get(index)
    if (first === undefined || first.metadata.uid === known.metadata.uid) this.#pods.set(index, known)
  }

  /** Returns the address of the Service that a URL names; undefined if it names none, or one without an address of its own. */
  async #clusterIp(url: string): Promise<string | undefined> {
    const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc(?:\.|$)/u.exec(new URL(url).hostname) ?? []
    if (name === undefined || namespace === undefined) return undefined
    try {
      const path = `/api/v1/namespaces/${namespace}/services/${name}`
      const { spec } = await this.#client.call<{ spec: { clusterIP?: string } }>('GET', path)
      return spec.clusterIP === 'None' ? undefined : spec.clusterIP
    } catch (error) {
      // A Service of another namespace, which DNS knows.
      if (error instanceof ApiError) return undefined
      throw explainApi(error, this.#client, 'usage', `reading the Service ${name}`)
    }
  }

  async #delete(path: string, body: object): Promise<void> {
    await this.#client.persist(API_LIMIT_MS, 'DELETE', path, { body }).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error
    })
  }

  async #exists(): Promise<boolean> {
    try {
      await this.#client.persist(API_LIMIT_MS, 'GET', this.#path('batch', this.#name))
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false
      throw new Error(messageOf(error), { cause: error })
    }
  }

  #path(what: 'batch' | 'secrets', name?: string): string {
    const group = what === 'batch' ? '/apis/batch/v1' : '/api/v1'
    const collection = `${group}/namespaces/${encodeURIComponent(this.#options.namespace)}/${what === 'batch' ? 'jobs' : 'secrets'}`
    return name === undefined ? collection : `${collection}/${name}`
  }
}
