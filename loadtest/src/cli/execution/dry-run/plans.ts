import { duration, plural } from '../../../base/text.js'
import { readProfile } from '../../../inputs/profile/read-profile.js'
import type { Profile } from '../../../inputs/profile/profile.js'
import { localActionOf, operationOf } from '../../../scenarios/choose.js'
import { accessFor } from '../../settings/access-settings.js'
import { clientsFor } from '../../settings/client-choice.js'
import type { LoadFromSettings } from '../../settings/load-from.js'
import type { LoadSettings } from '../../settings/load-settings.js'
import type { LocalSettings } from '../../settings/local-settings.js'
import type { KubernetesSettings } from '../../settings/kubernetes-settings.js'
import type { ProveSettings } from '../../settings/prove-settings.js'
import type { Right } from '../../../targets/kubernetes/api/grant.js'
import { clusterOf, hasTwin } from '../targets/create-target.js'

/** The lines of a plan: what, and the lines about it. */
export type Plan = readonly (readonly [topic: string, lines: readonly string[]])[]

/** Returns the plan of a local target. */
export async function localPlan(settings: ProveSettings, target: LocalSettings): Promise<Plan> {
  const { workloadOf } = await import('../targets/local-factory.js')
  const { assertRunsHere } = await import('../../../targets/local/limits.js')
  const { variables } = await import('../../settings/local-settings.js')
  const workload = workloadOf(target)
  const service = workload('service')
  const { manifests, command, toCommand = command } = service
  const { change } = localActionOf(settings.scenario).plan(service, manifests)
  assertRunsHere(manifests, { command, toCommand, env: variables(target.env), balancers: target.nodes })
  const { deployment, container, containerPort } = manifests
  const { strategy, terminationGracePeriodSeconds } = deployment
  const rolling =
    strategy.type === 'Recreate'
      ? 'Recreate'
      : `maxSurge ${strategy.maxSurge}, maxUnavailable ${strategy.maxUnavailable}`
  const port = target.manifests === undefined ? `port in ${target.portVariable}` : `container port ${containerPort}`
  const probe = container.readinessProbe?.handler
  const ready =
    probe === undefined
      ? 'ready at once'
      : probe.type === 'httpGet'
        ? `ready by GET ${probe.path}`
        : `ready by ${probe.type}`
  return [
    [
      'Target',
      [
        `Deployment ${deployment.name} (${deployment.file}) as processes of this machine: ${change}`,
        `${plural(deployment.replicas, 'pod')}, ${rolling}, grace period ${terminationGracePeriodSeconds} s, ${ready}, ${port}`,
        `${plural(target.nodes, 'load balancer')} on 127.0.0.1, propagation delay ${target.propagation}`,
      ],
    ],
    [
      'Programs',
      [
        `old version: ${command.join(' ')}`,
        `new version: ${toCommand.join(' ')}`,
        hasTwin(settings)
          ? `naive twin:  ${workload('twin').command.join(' ')}`
          : `naive twin:  none (${whyNoTwin(settings)})`,
      ],
    ],
    ['Touches', ['processes and ports of 127.0.0.0/8 on this machine, which end with the run']],
  ]
}

/** Returns the plan of a target in a cluster. */
export async function clusterPlan(settings: ProveSettings, target: KubernetesSettings): Promise<Plan> {
  const { planOnCluster } = await import('../../../targets/kubernetes/dry-run.js')
  const { urls, access, twin } = await clusterOf(target, settings.loadFrom)
  const { namespace, workload, container, image } = target
  const plan = await planOnCluster({
    ...access,
    otherRights: await workerRights(settings),
    namespace,
    workload,
    container,
    image,
    operation: operationOf(settings.scenario),
    values: settings.scenario.values,
    timeoutMs: settings.timeoutMs,
    twin: hasTwin(settings) ? twin : undefined,
    twinAlone: settings.service === 'naive',
  })
  const kept = target.restore
    ? 'restored after the run'
    : 'a rollout that succeeds stays; a failed or interrupted one is undone'
  return [
    [
      'Target',
      [
        `${workload.kind.word}/${workload.name} in namespace ${namespace} of context ${plan.context}`,
        `from ${plan.fromVersion} to ${plan.toVersion}; ${kept}`,
      ],
    ],
    [
      'Touches',
      [...plan.touches, ...workersOf(settings), ...(hasTwin(settings) ? [] : [`no twin (${whyNoTwin(settings)})`])],
    ],
    ['Rights', plan.rights],
    ['URLs', urls],
  ]
}

/** The rights for the pods that send the load from inside the cluster. */
export async function workerRights({ loadFrom }: LoadFromSettings): Promise<readonly Right[]> {
  if (loadFrom === 'here') return []
  const { WORKER_RIGHTS } = await import('../../../workers/kubernetes/rights.js')
  return WORKER_RIGHTS
}

/** The pods that send the load from inside the cluster. */
export const workersOf = ({ loadFrom, workers, workerImage }: LoadFromSettings): readonly string[] =>
  loadFrom === 'cluster'
    ? [
        `a Job of ${plural(workers ?? 1, 'worker')} with the image ${workerImage}: created and deleted, with what it needs`,
      ]
    : []

const whyNoTwin = ({ twin, whyNoTwin: reason, scenario }: ProveSettings): string =>
  scenario.scenario.expects === 'replaced'
    ? (reason ?? (twin ? 'the twin runs alone' : '--no-twin'))
    : 'in this scenario there is nothing for it to show'

/** Returns the plan of the load. */
export function loadPlan(settings: LoadSettings, own: Profile): Plan {
  const { rate, backgroundRate, retryingRate, reach, answerTimeoutMs, timeoutMs, seed } = settings
  const profile = settings.profile === undefined ? own : readProfile(settings.profile)
  const clients = clientsFor(profile, { named: settings.clientsNamed, clients: settings.clients })
  const weights = clients.reduce((total, { weight }) => total + weight, 0)
  const shares = clients.map(({ name, weight }) => `${name} ${round((rate * weight) / weights)}`)
  const { headers } = accessFor(profile, reach.access)
  const extra = [
    ...(backgroundRate > 0 ? [`autocannon ${backgroundRate}`] : []),
    ...(retryingRate > 0 ? [`retrying ${retryingRate}`] : []),
  ]
  return [
    [
      'Load',
      [
        `${rate} requests/s with seed ${seed}: ${shares.join(', ')}`,
        ...(extra.length > 0 ? [`and, apart from the verdict: ${extra.join(', ')}`] : []),
        `at most ${duration(timeoutMs)} for a rollout, ${duration(answerTimeoutMs)} for an overdue response`,
      ],
    ],
    [
      'Requests',
      [
        `those of ${profile.name}`,
        ...headers.map(([name]) => `${name}: ***`),
        ...(reach.access.tls.insecure === true ? ['every certificate is accepted'] : []),
      ],
    ],
    ['Writes', [...settings.reportFiles.values()]],
  ]
}

const round = (value: number): number => Math.round(value * 10) / 10
