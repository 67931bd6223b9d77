import type { Severity } from '../../doctor/rule.js'
import type { AnyGroup, FlagGroup } from './flag.js'
import { KUBERNETES_FLAGS } from './kubernetes-flags.js'
import { number, oneOf, text } from './values.js'

const FORMATS = ['text', 'json', 'sarif', 'github'] as const
export type Format = (typeof FORMATS)[number]

/** The flags of the objects that are read from a cluster. */
interface LiveValues {
  readonly live?: boolean
  readonly namespace?: string
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly nodes?: number
  readonly kubeconfig?: string
  readonly context?: string
}

interface ResultValues {
  readonly format: Format
  readonly failOn: Severity
  readonly fix?: boolean
  readonly explain?: string
}

/** The flags of `zero-drop doctor`. */
export type DoctorValues = LiveValues & ResultValues

const { kubeconfig, context } = KUBERNETES_FLAGS.flags

const LIVE_FLAGS: FlagGroup<LiveValues> = {
  heading: 'Cluster',
  flags: {
    live: { help: 'check what runs in the cluster, with kubectl get; changes nothing', conflicts: ['fix'] },
    namespace: {
      short: 'n',
      value: 'NAME',
      help: 'namespace to check with --live',
      defaultText: 'that of the kubeconfig',
      conflicts: ['allNamespaces'],
      parse: text,
    },
    allNamespaces: { short: 'A', help: 'check every namespace with --live' },
    selector: { short: 'l', value: 'LABELS', help: 'check only workloads with these labels with --live', parse: text },
    nodes: {
      value: 'N',
      help: 'number of nodes that take pods, for host ports and anti-affinity',
      defaultText: 'with --live, that of the cluster',
      parse: number({ min: 1, max: 100_000, whole: true, unit: 'nodes' }),
    },
    kubeconfig,
    context,
  },
}

const RESULT_FLAGS: FlagGroup<ResultValues> = {
  heading: 'Result',
  flags: {
    format: { value: 'FORMAT', help: FORMATS.join(', '), byDefault: 'text', parse: oneOf(FORMATS) },
    failOn: {
      value: 'SEVERITY',
      help: 'lowest severity that ends with exit code 1: error, warning or info',
      byDefault: 'warning',
      parse: oneOf(['error', 'warning', 'info'] as const),
    },
    fix: {
      help: 'print the corrected manifest to stdout; findings without a correction go to stderr',
      conflicts: ['format'],
    },
    explain: { value: 'RULE', help: 'print the page of a rule, and check nothing', parse: text },
  },
}

/** Every flag of `zero-drop doctor`, in the order of its help. */
export const DOCTOR_FLAGS: readonly AnyGroup[] = [RESULT_FLAGS, LIVE_FLAGS]
