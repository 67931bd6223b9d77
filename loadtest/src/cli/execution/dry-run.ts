import { UsageError } from '../../base/errors.js'
import { EXIT, type ExitStatus } from '../../base/exit-status.js'
import { withoutSecrets } from '../../base/secrets.js'
import { duration, plural } from '../../base/text.js'
import { readProfile } from '../../inputs/profile/read-profile.js'
import type { Profile } from '../../inputs/profile/profile.js'
import { localActionOf, operationOf } from '../../scenarios/choose.js'
import { accessFor } from '../settings/access-settings.js'
import { clientsFor } from '../settings/client-choice.js'
import type { LoadFromSettings } from '../settings/load-from.js'
import type { LoadSettings } from '../settings/load-settings.js'
import type { LocalSettings } from '../settings/local-settings.js'
import type { KubernetesSettings } from '../settings/kubernetes-settings.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import type { WatchSettings } from '../settings/watch-settings.js'
import type { Right } from '../../targets/kubernetes/api/grant.js'
import { clusterOf, hasTwin, kubeconfigOf, urlsOf } from './create-target.js'
import { defaultProfile } from './default-profile.js'
import { provePlan } from './prove-plan.js'

/** The lines of a plan: what, and the lines about it. */
type Plan = readonly (readonly [topic: string, lines: readonly string[]])[]

/**
 * Prints what a proof would do and touch, after the checks that a proof makes before it starts. Starts and changes nothing.
 *
 * @throws {UsageError} the proof could not start
 */
export async function dryRunProof(settings: ProveSettings): Promise<ExitStatus> {
  process.stdout.write(`${NOTHING}\n\n${await proofPlan(settings)}`)
  return EXIT.proven
}

/** Prints the plans of several proofs. A scenario that could not start has its error in place of its plan. */
export async function dryRunSuite(proofs: readonly ProveSettings[]): Promise<ExitStatus> {
  process.stdout.write(`${NOTHING}\n`)
  let status: ExitStatus = EXIT.proven
  for (const settings of proofs) {
    // oxlint-disable-next-line no-await-in-loop -- in the order of the suite
    const text = await proofPlan(settings).catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error
      status = EXIT.usage
      return `Scenario  ${settings.scenario.scenario.name}\ncannot run: ${withoutSecrets(error.message)}\n`
    })
    process.stdout.write(`\n${text}`)
  }
  return status
}

const NOTHING = 'Dry run: nothing is started or changed.'

async function proofPlan(settings: ProveSettings): Promise<string> {
  const { target, scenario, rounds, untilBound } = settings
  const repeats = rounds > 1 ? [`${untilBound === undefined ? '' : 'up to '}${rounds} rollouts, back and forth`] : []
  const { profile } = provePlan(settings)
  return asText([
    ['Scenario', [`${scenario.scenario.name}: ${scenario.scenario.description}`, ...repeats]],
    ...(target.kind === 'local' ? await localPlan(settings, target) : await clusterPlan(settings, target)),
    ...loadPlan(settings, profile),
  ])
}

/** Prints what `watch` would do. It changes nothing in the cluster in any case. */
export async function dryRunWatch(settings: WatchSettings): Promise<ExitStatus> {
  const { namespace, workloads, command, path, contains } = settings
  const by =
    command.length > 0
      ? [`runs: ${command[0]} with ${plural(command.length - 1, 'argument')}`]
      : ['somebody else makes the rollout']
  const load = loadPlan(
    settings,
    defaultProfile(
      workloads.map(({ name }) => name),
      path,
      contains,
    ),
  )
  if (workloads.length === 0) {
    process.stdout.write(
      `${NOTHING}\n\n${asText([['Watches', settings.urls], ['Command', by], ['Touches', ['nothing']], ...load])}`,
    )
    return EXIT.proven
  }
  const { Client } = await import('../../targets/kubernetes/api/client.js')
  const { loadKubeconfig } = await import('../../targets/kubernetes/api/kubeconfig.js')
  const { assertRights } = await import('../../targets/kubernetes/api/rights.js')
  const { watchRights } = await import('../../targets/kubernetes/actions/rights.js')
  const { rightsText } = await import('../../targets/kubernetes/dry-run.js')
  const rights = [...workloads.flatMap(({ kind }) => watchRights(kind)), ...(await workerRights(settings))]
  await assertRights(new Client(await loadKubeconfig(kubeconfigOf(settings))), namespace, rights)
  const urls = await urlsOf({ ...settings, workload: workloads[0] })
  const plan = asText([
    ['Watches', workloads.map(({ kind, name }) => `${kind.word}/${name} in namespace ${namespace}`)],
    ['Command', by],
    ['Touches', settings.loadFrom === 'cluster' ? workersOf(settings) : ['nothing in the cluster']],
    ['Rights', rightsText(rights)],
    ['URLs', urls],
    ...load,
  ])
  process.stdout.write(`${NOTHING}\n\n${plan}`)
  return EXIT.proven
}

async function localPlan(settings: ProveSettings, target: LocalSettings): Promise<Plan> {
  const { workloadOf } = await import('./local-factory.js')
  const { assertRunsHere } = await import('../../targets/local/limits.js')
  const { variables } = await import('../settings/local-settings.js')
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

async function clusterPlan(settings: ProveSettings, target: KubernetesSettings): Promise<Plan> {
  const { planOnCluster } = await import('../../targets/kubernetes/dry-run.js')
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
async function workerRights({ loadFrom }: LoadFromSettings): Promise<readonly Right[]> {
  if (loadFrom === 'here') return []
  const { WORKER_RIGHTS } = await import('../../workers/kubernetes/rights.js')
  return WORKER_RIGHTS
}

/** The pods that send the load from inside the cluster. */
const workersOf = ({ loadFrom, workers, workerImage }: LoadFromSettings): readonly string[] =>
  loadFrom === 'cluster'
    ? [
        `a Job of ${plural(workers ?? 1, 'worker')} with the image ${workerImage}: created and deleted, with what it needs`,
      ]
    : []

const whyNoTwin = ({ twin, whyNoTwin: reason, scenario }: ProveSettings): string =>
  scenario.scenario.expects === 'replaced'
    ? (reason ?? (twin ? 'the twin runs alone' : '--no-twin'))
    : 'in this scenario there is nothing for it to show'

function loadPlan(settings: LoadSettings, own: Profile): Plan {
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

function asText(plan: Plan): string {
  const width = Math.max(...plan.map(([topic]) => topic.length))
  const lines = plan.flatMap(([topic, [first = '', ...rest]]) => [
    `${topic.padEnd(width)}  ${first}`,
    ...rest.map((line) => `${' '.repeat(width)}  ${line}`),
  ])
  return withoutSecrets(`${lines.join('\n')}\n`)
}
