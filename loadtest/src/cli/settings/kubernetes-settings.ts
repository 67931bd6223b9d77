import { UsageError } from '../../base/errors.js'
import { defaultScenario } from '../../scenarios/index.js'
import type { ChosenScenario } from '../../scenarios/scenario.js'
import { DEPLOYMENT, readWorkloadName, type WorkloadName } from '../../targets/kubernetes/workload/kinds.js'
import { contextNamespace } from '../../targets/kubernetes/api/context-namespace.js'
import type { CommandLine } from '../flags/parse.js'
import type { ProveValues } from '../flags/prove-flags.js'
import { invalid } from '../flags/values.js'
import { fromHere } from './paths.js'
import { commandWords } from './program.js'

/** The Kubernetes target of a command line. */
export interface KubernetesSettings {
  readonly kind: 'kubernetes'
  readonly namespace: string
  readonly workload: WorkloadName
  readonly container: string | undefined
  readonly image: string | undefined
  /** Empty: derived from the Service. */
  readonly urls: readonly string[]
  /** Undefined: the command of the twin's image. */
  readonly twinCommand: readonly string[] | undefined
  readonly twinImage: string | undefined
  readonly restore: boolean
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}

/** The workload of this repository. */
export const DEFAULT_WORKLOAD = 'cloud-communal-service'
const DEFAULT_TWIN_COMMAND = 'node dist/naive.js'

/** @throws {UsageError} the image does not match the scenario, or the workload is not a KIND/NAME */
export function readKubernetesSettings(
  { values }: CommandLine<ProveValues>,
  { scenario: { name, kubernetes } }: ChosenScenario,
): KubernetesSettings {
  const { image, kubeconfig } = values
  const needsImage = kubernetes?.needsImage === true
  if (needsImage && image === undefined) {
    const other = defaultScenario('kubernetes', undefined).name
    throw new UsageError(
      `--scenario ${name} needs --image: give the new image, as in --image registry/name:v1.0.1, or roll the present one with --scenario ${other}`,
    )
  }
  if (!needsImage && image !== undefined) {
    const other = defaultScenario('kubernetes', image).name
    throw new UsageError(`--image has no effect with --scenario ${name}: use --scenario ${other}, or leave --image out`)
  }
  return {
    kind: 'kubernetes',
    namespace: namespaceOf(values),
    workload: chosenWorkload(values),
    container: values.container,
    image,
    urls: values.url,
    ...readTwin(values),
    restore: values.restore === true,
    kubeconfig: kubeconfig === undefined ? undefined : fromHere(kubeconfig),
    context: values.context,
  }
}

function chosenWorkload({ workload, deployment = DEFAULT_WORKLOAD }: ProveValues): WorkloadName {
  const chosen = workload === undefined ? { kind: DEPLOYMENT, name: deployment } : readWorkload(workload)
  if (chosen.kind.name !== 'Rollout') return chosen
  throw invalid(
    '--workload',
    `rollout/${chosen.name}`,
    'zero-drop prove changes no Rollout of Argo Rollouts; run zero-drop watch with it',
  )
}

/** The namespace of a command line: that of --namespace, else that of the context. */
export function namespaceOf({
  namespace,
  kubeconfig,
  context,
}: Pick<ProveValues, 'namespace' | 'kubeconfig' | 'context'>): string {
  if (namespace !== undefined) return namespace
  return contextNamespace({
    ...(kubeconfig === undefined ? {} : { kubeconfig: fromHere(kubeconfig) }),
    ...(context === undefined ? {} : { context }),
  })
}

/**
 * Reads the value of --workload.
 *
 * @throws {UsageError} it is not a KIND/NAME
 */
export function readWorkload(workload: string): WorkloadName {
  const named = readWorkloadName(workload)
  if (named !== undefined) return named
  throw invalid('--workload', workload, 'give KIND/NAME, as in deployment/shop, statefulset/shop or daemonset/shop')
}

/** A twin with an image of its own runs the command of that image, unless --twin-command is given too. */
function readTwin({ twinImage, twinCommand }: ProveValues): Pick<KubernetesSettings, 'twinCommand' | 'twinImage'> {
  const command = twinCommand ?? (twinImage === undefined ? DEFAULT_TWIN_COMMAND : undefined)
  // On a cluster the manifest names the port, so `{port}` is an ordinary word.
  const words = command === undefined ? undefined : commandWords('--twin-command', command, '{port}')
  return { twinCommand: words, twinImage }
}
