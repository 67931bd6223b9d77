import { UsageError } from '../../base/errors.js'
import { chooseScenario, defaultScenario, scenariosOf } from '../../scenarios/index.js'
import type { ChosenScenario, TargetKind } from '../../scenarios/scenario.js'
import { flagName, type AnyGroup } from '../flags/flag.js'
import { parseFlags, type CommandLine } from '../flags/parse.js'
import { FLAGS_OF, PROVE_FLAGS, type ProveValues } from '../flags/prove-flags.js'
import { readKubernetesSettings, type KubernetesSettings } from './kubernetes-settings.js'
import { loadOf, readLoadFrom, type LoadFromSettings } from './load-from.js'
import { readLoadSettings, type LoadSettings } from './load-settings.js'
import { readLocalSettings, refuseLongerThan, whyNoLocalTwin, type LocalSettings } from './local-settings.js'

/** A command line of `zero-drop prove`, checked, with its defaults filled in. Paths are absolute. */
export interface ProveSettings extends LoadSettings, LoadFromSettings {
  readonly service: 'graceful' | 'naive'
  readonly scenario: ChosenScenario
  readonly twin: boolean
  readonly whyNoTwin: string | undefined
  /** Number of rollouts; with {@link untilBound} the highest number. */
  readonly rounds: number
  readonly untilBound: number | undefined
  readonly target: LocalSettings | KubernetesSettings
}

/** Highest number of rollouts with --until-bound and without --repeat. */
const MOST_ROUNDS = 20

/**
 * Reads a command line of `zero-drop prove`.
 *
 * @param args the words after `prove`
 * @throws {UsageError}
 * @example readProveSettings(['--rate', '100']).rate // 100
 */
export const readProveSettings = (args: readonly string[]): ProveSettings =>
  proveSettings(parseFlags<ProveValues>('prove', PROVE_FLAGS, args))

/**
 * Checks the flags of `zero-drop prove` against each other and fills in the defaults that depend on other flags.
 *
 * @throws {UsageError}
 */
export function proveSettings(line: CommandLine<ProveValues>): ProveSettings {
  const { values, given } = line
  refuseFlagsOfTheOtherTarget(line)
  const scenario = readScenario(line)
  const target = values.target === 'local' ? readLocalSettings(line) : readKubernetesSettings(line, scenario)
  const whyNoTwin = target.kind === 'local' ? whyNoLocalTwin(target) : undefined
  if (values.service === 'naive') checkTwinAlone(line, whyNoTwin)
  const from = readLoadFrom(line)
  const load = loadOf(readLoadSettings(line), from)
  if (load.profile !== undefined && given.has('contains')) {
    throw new UsageError(
      `--contains has no effect with the profile ${load.profile}: write \`contains\` under paths.read of the profile, or leave --contains out`,
    )
  }
  if (target.kind === 'local') refuseLongerThan(load.timeoutMs, target.propagation)
  const { untilBound, repeat } = values
  return {
    service: values.service,
    scenario,
    twin: values.twin && whyNoTwin === undefined,
    whyNoTwin,
    rounds: repeat ?? (untilBound === undefined ? 1 : MOST_ROUNDS),
    untilBound,
    ...load,
    ...from,
    target,
  }
}

function refuseFlagsOfTheOtherTarget({ values: { target }, given }: CommandLine<ProveValues>): void {
  const other: TargetKind = target === 'local' ? 'kubernetes' : 'local'
  const stray = FLAGS_OF[other].flatMap(namesOf).find((name) => given.has(name))
  if (stray === undefined) return
  throw new UsageError(
    `--${stray} has no effect with --target ${target}: use --target ${other}, or leave --${stray} out`,
  )
}

const namesOf = ({ flags }: AnyGroup): string[] => Object.entries(flags).map(([key, flag]) => flagName(key, flag))

/** The scenario with the values of its own flags. The flags of every other scenario are refused. */
function readScenario({ values: { target, image, scenario }, given }: CommandLine<ProveValues>): ChosenScenario {
  const name = scenario ?? defaultScenario(target, image).name
  const chosen = scenariosOf(target).find((each) => each.name === name)
  if (chosen === undefined) {
    const known = scenariosOf(target).map((each) => each.name)
    throw new UsageError(`--scenario ${name} cannot run with --target ${target}: choose from ${known.join(', ')}`)
  }
  for (const other of scenariosOf()) {
    const stray = other.flags.find((flag) => given.has(flag.name))
    if (other.name === name || stray === undefined) continue
    throw new UsageError(
      `--${stray.name} has no effect with --scenario ${name}: use --scenario ${other.name}, or leave --${stray.name} out`,
    )
  }
  const own = chosen.flags.flatMap((flag) => {
    const value = given.get(flag.name)
    return typeof value === 'number' ? [[flag.name, value] as const] : []
  })
  return chooseScenario(name, Object.fromEntries(own))
}

function checkTwinAlone({ values, given }: CommandLine<ProveValues>, whyNoTwin: string | undefined): void {
  const stray = ['repeat', 'until-bound', 'no-twin'].find((name) => given.has(name))
  if (stray !== undefined) {
    throw new UsageError(
      `--${stray} has no effect with --service naive, which runs the twin once: leave --${stray} out`,
    )
  }
  if (whyNoTwin !== undefined) throw new UsageError(`--service ${values.service} has no twin to run: ${whyNoTwin}`)
}
