import { ACCESS_FLAGS, type AccessValues } from './access-flags.js'
import type { AnyGroup, FlagGroup } from './flag.js'
import { KUBERNETES_FLAGS, LOAD_FROM_FLAGS } from './kubernetes-flags.js'
import type { KubernetesValues, LoadFromValues } from './kubernetes-flags.js'
import { PROGRAM_FLAGS, type ProgramValues } from './local-flags.js'
import { LOAD_FLAGS, type LoadValues } from './load-flags.js'
import { OUTPUT_FLAGS, reportFlags, SUBJECT_FLAGS } from './prove-flags.js'
import type { OutputValues, SubjectValues } from './prove-flags.js'
import { number, several, text } from './values.js'

/** The flags that name the watched workloads. */
interface WatchedValues
  extends
    Pick<KubernetesValues, 'namespace' | 'container' | 'url' | 'kubeconfig' | 'context'>,
    Pick<ProgramValues, 'path' | 'contains'>,
    Pick<SubjectValues, 'timeout'> {
  readonly workload: readonly string[]
  readonly for?: number
}

/** The flags of `zero-drop watch`, apart from those of the report files. */
export type WatchValues = WatchedValues & LoadValues & AccessValues & LoadFromValues & OutputValues

const { path, contains } = PROGRAM_FLAGS.flags
const { namespace, container, url, kubeconfig, context } = KUBERNETES_FLAGS.flags

const WATCHED_FLAGS: FlagGroup<WatchedValues> = {
  heading: 'What to watch',
  flags: {
    namespace,
    workload: {
      value: 'KIND/NAME',
      help: 'a deployment, statefulset, daemonset or Argo rollout that rolls; repeatable. Without one, --url is watched from outside',
      byDefault: [],
      repeatable: true,
      usual: true,
      parse: several(text),
    },
    for: {
      value: 'SECONDS',
      help: 'how long to wait for the first change, from the start or from the end of the command; without --workload, how long to watch',
      defaultText: '600; after a command, 60 with --workload, 10 without',
      usual: true,
      parse: number({ min: 1, max: 86_400, unit: 'seconds' }),
    },
    timeout: SUBJECT_FLAGS.flags.timeout,
    container: { ...container, help: 'container whose image is the version' },
    url: { ...url, usual: true },
    path: { ...path, defaultText: '/' },
    contains,
    kubeconfig,
    context,
  },
}

/** Every flag of `zero-drop watch`, in the order of its help. */
export const WATCH_FLAGS: readonly AnyGroup[] = [
  WATCHED_FLAGS,
  LOAD_FLAGS,
  ACCESS_FLAGS,
  LOAD_FROM_FLAGS,
  reportFlags(),
  OUTPUT_FLAGS,
]
