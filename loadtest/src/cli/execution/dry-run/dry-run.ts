import { clusterPlan, loadPlan, localPlan, workerRights, workersOf, type Plan } from './plans.js'
import { UsageError } from '../../../base/errors.js'
import { EXIT, type ExitStatus } from '../../../base/exit-status.js'
import { withoutSecrets } from '../../../base/secrets.js'
import { plural } from '../../../base/text.js'
import type { ProveSettings } from '../../settings/prove-settings.js'
import type { WatchSettings } from '../../settings/watch-settings.js'
import { kubeconfigOf, urlsOf } from '../targets/create-target.js'
import { defaultProfile } from '../proof/default-profile.js'
import { provePlan } from '../proof/prove-plan.js'

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
  const { Client } = await import('../../../targets/kubernetes/api/client.js')
  const { loadKubeconfig } = await import('../../../targets/kubernetes/api/kubeconfig.js')
  const { assertRights } = await import('../../../targets/kubernetes/api/rights.js')
  const { watchRights } = await import('../../../targets/kubernetes/actions/rights.js')
  const { rightsText } = await import('../../../targets/kubernetes/dry-run.js')
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

function asText(plan: Plan): string {
  const width = Math.max(...plan.map(([topic]) => topic.length))
  const lines = plan.flatMap(([topic, [first = '', ...rest]]) => [
    `${topic.padEnd(width)}  ${first}`,
    ...rest.map((line) => `${' '.repeat(width)}  ${line}`),
  ])
  return withoutSecrets(`${lines.join('\n')}\n`)
}
