import { REPORTS } from '../../reports/index.js'
import { scenariosOf } from '../../scenarios/index.js'
import type { ScenarioFlag, TargetKind } from '../../scenarios/scenario.js'
import { ACCESS_FLAGS, type AccessValues } from './access-flags.js'
import type { AnyGroup, Flag, FlagGroup } from './flag.js'
import { KUBERNETES_FLAGS, LOAD_FROM_FLAGS, type KubernetesValues, type LoadFromValues } from './kubernetes-flags.js'
import { LOAD_FLAGS, type LoadValues } from './load-flags.js'
import { LOCAL_FLAGS, PROGRAM_FLAGS, type LocalValues, type ProgramValues } from './local-flags.js'
import { number, oneOf, text } from './values.js'

/** The flags of the subject of a proof. */
export interface SubjectValues {
  readonly target: TargetKind
  readonly workload?: string
  readonly scenario?: string
  readonly service: 'graceful' | 'naive'
  readonly twin: boolean
  readonly twinCommand?: string
  readonly repeat?: number
  readonly untilBound?: number
  readonly timeout: number
}

/** The output apart from the report files, whose flags the report formats declare. */
export interface OutputValues {
  readonly json?: boolean
  readonly verbose?: boolean
  readonly quiet?: boolean
  readonly dryRun?: boolean
}

/** The flags of `zero-drop prove`, apart from those of the scenarios and of the report files. */
export type ProveValues = SubjectValues &
  LoadValues &
  AccessValues &
  LocalValues &
  ProgramValues &
  KubernetesValues &
  LoadFromValues &
  OutputValues

export const SUBJECT_FLAGS: FlagGroup<SubjectValues> = {
  heading: 'What to prove',
  flags: {
    target: {
      value: 'TARGET',
      help: 'local: processes on this machine; kubernetes: a workload of the current cluster',
      byDefault: 'local',
      usual: true,
      parse: oneOf(['local', 'kubernetes']),
    },
    workload: {
      value: 'KIND/NAME',
      help: 'on kubernetes a deployment, statefulset or daemonset; locally a deployment of --manifests, if they have several',
      defaultText: 'on kubernetes, deployment/cloud-communal-service',
      usual: true,
      parse: text,
    },
    scenario: {
      value: 'NAME',
      help: 'what happens to the service under load; see Scenarios',
      defaultText: 'set-image; on kubernetes without --image, restart',
      usual: true,
      parse: oneOf(scenariosOf().map(({ name }) => name)),
    },
    service: {
      value: 'VERSION',
      help: 'graceful: the service, then its naive twin; naive: the twin alone',
      byDefault: 'graceful',
      parse: oneOf(['graceful', 'naive']),
    },
    twin: {
      help: 'skip the naive twin; a run without drops is then inconclusive (exit code 3)',
      byDefault: true,
      negated: true,
    },
    twinCommand: {
      value: 'COMMAND',
      help: 'program that the naive twin runs: the service without its graceful shutdown',
      defaultText: 'on kubernetes, node dist/naive.js in a clone of the workload; with --command, no twin',
      usual: true,
      parse: text,
    },
    repeat: {
      value: 'N',
      help: 'number of rollouts, back and forth, each with its own seed; one verdict covers all',
      defaultText: '1; with --until-bound, at most 20',
      parse: number({ min: 1, max: 1_000, whole: true, unit: 'rollouts' }),
    },
    untilBound: {
      value: 'SHARE',
      help: 'repeat until the share of dropped requests is below this at 95 % confidence, as in 0.0005; --repeat is the limit',
      parse: number({ min: 0.000_001, max: 0.5, noun: 'share' }),
    },
    timeout: {
      value: 'SECONDS',
      help: 'longest time that a rollout may take',
      byDefault: 300,
      parse: number({ min: 1, max: 86_400, unit: 'seconds' }),
    },
  },
}

export const OUTPUT_FLAGS: FlagGroup<OutputValues> = {
  heading: 'Output',
  flags: {
    json: { help: 'print the JSON report to stdout instead of the text report' },
    verbose: { help: 'print every table and note, and the twin in full', usual: true, conflicts: ['json'] },
    quiet: { help: 'print no progress' },
    dryRun: { help: 'print what would be done and touched, after all checks, and stop', usual: true },
  },
}

/** The flags of the report files, as the report formats declare them. `--report` names the first. */
export const reportFlags = (): AnyGroup => ({
  heading: 'Reports',
  flags: Object.fromEntries(
    REPORTS.map(({ flag, help, defaultText }, index): [string, Flag<string>] => [
      flag,
      { value: 'FILE', help, defaultText, parse: text, ...(index === 0 ? { usual: true } : {}) },
    ]),
  ),
})

/** The flags of the scenarios, as the scenarios declare them. */
const scenarioFlags = (): AnyGroup => ({
  heading: 'Scenario',
  flags: Object.fromEntries(
    scenariosOf().flatMap(({ flags }) =>
      flags.map((flag): [string, Flag<number>] => [
        flag.name,
        {
          value: flag.value,
          help: flag.help,
          ...defaultOf(flag),
          parse: number(flag),
        },
      ]),
    ),
  ),
})

/** The scenario fills its default in, so the flag only shows it. */
const defaultOf = ({ byDefault, defaultText = byDefault?.toString() }: ScenarioFlag): { defaultText?: string } =>
  defaultText === undefined ? {} : { defaultText }

/** Every flag of `zero-drop prove`, in the order of its help. */
export const PROVE_FLAGS: readonly AnyGroup[] = [
  SUBJECT_FLAGS,
  scenarioFlags(),
  LOAD_FLAGS,
  ACCESS_FLAGS,
  LOCAL_FLAGS,
  PROGRAM_FLAGS,
  KUBERNETES_FLAGS,
  LOAD_FROM_FLAGS,
  reportFlags(),
  OUTPUT_FLAGS,
]

/** The groups that belong to one target. Their flags are refused with the other target. */
export const FLAGS_OF: Readonly<Record<TargetKind, readonly AnyGroup[]>> = {
  local: [LOCAL_FLAGS, PROGRAM_FLAGS],
  kubernetes: [KUBERNETES_FLAGS, LOAD_FROM_FLAGS],
}
