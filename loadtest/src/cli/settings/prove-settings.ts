import { UsageError } from '../../base/errors.js'
import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { parseOrigin } from '../../base/wire/http1/origin.js'
import { PROFILE_FILE } from '../../inputs/profile/read-profile.js'
import { chooseClients } from './client-choice.js'
import { chooseScenario, defaultScenario, scenariosOf } from '../../scenarios/index.js'
import type { ChosenScenario, Scenario, TargetKind } from '../../scenarios/scenario.js'
import { DEPLOYMENT, readWorkloadName, type WorkloadName } from '../../targets/kubernetes/workload/kinds.js'
import { choice, number, one, readFlags } from '../flags/flag.js'
import type { GivenFlags } from '../flags/flag.js'
import { readLocalSettings, refuseLongerThan, whyNoLocalTwin, type LocalSettings } from './local-settings.js'
import { existing, fromHere } from './paths.js'
import { flagsOf, PROVE_FLAGS } from '../flags/prove-flags.js'

/** A command line of `zero-drop prove`, read, checked and with its defaults. */
export interface ProveSettings {
  readonly service: 'graceful' | 'naive'
  readonly scenario: ChosenScenario
  readonly twin: boolean
  readonly whyNoTwin: string | undefined
  /** How many rollouts; with {@link untilBound} at most. */
  readonly rounds: number
  readonly untilBound: number | undefined
  readonly timeoutMs: number
  readonly rate: number
  readonly backgroundRate: number
  readonly retryingRate: number
  /** How long after it should have come an answer is still waited for. */
  readonly answerTimeoutMs: number
  readonly seed: number
  /** Undefined: the service of this repository. */
  readonly profile: string | undefined
  /** Nobody named the profile: it lay in this folder. */
  readonly profileFound: boolean
  readonly clients: readonly string[]
  /** {@link ChosenClients.named} */
  readonly clientsNamed: boolean
  readonly target: LocalSettings | KubernetesSettings
  readonly report: string
  readonly html: string
  /** Undefined: not written. */
  readonly junit: string | undefined
  readonly json: boolean
  readonly quiet: boolean
}

export interface KubernetesSettings {
  readonly kind: 'kubernetes'
  readonly namespace: string
  readonly workload: WorkloadName
  readonly container: string | undefined
  readonly image: string | undefined
  /** Empty: to be derived from the Service. */
  readonly urls: readonly string[]
  /** Undefined: the command of its image. */
  readonly twinCommand: readonly string[] | undefined
  readonly twinImage: string | undefined
  readonly restore: boolean
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}

/** With --until-bound, where --repeat does not say. */
const USUAL_MOST_ROUNDS = 20
const MOST_ROUNDS = 1_000
const MOST_RATE = 5_000
const MOST_SEED = 2 ** 32 - 1

/**
 * @returns undefined when help was asked for
 * @throws {UsageError} in one sentence, naming the flag, what it got and the way out
 */
export function readProveSettings(args: readonly string[]): ProveSettings | undefined {
  const given = readFlags(args, PROVE_FLAGS)
  if (given.has('help')) return undefined
  const kind = choice(given, 'target', ['local', 'kubernetes']) ?? 'local'
  refuseFlagsOfTheOtherTarget(given, kind)
  const image = one(given, 'image')
  const scenario = readScenario(given, kind, defaultScenario(kind, image))
  const service = choice(given, 'service', ['graceful', 'naive']) ?? 'graceful'
  const target = kind === 'local' ? readLocalSettings(given) : kubernetes(given, scenario.scenario, image)
  const whyNoTwin = target.kind === 'local' ? whyNoLocalTwin(target) : undefined
  const twin = !given.has('no-twin') && whyNoTwin === undefined
  const profile = profileFile(given)
  if (profile !== undefined && given.has('contains')) {
    throw new UsageError(
      `--contains: ${profile} says what the service is asked for; write \`contains\` into its paths.read, or leave --contains out.`,
    )
  }
  const { clients, named: clientsNamed } = chooseClients(given)
  const untilBound = number(given, 'until-bound', { min: 0.000_001, max: 0.5, noun: 'share' })
  const repeat = number(given, 'repeat', { min: 1, max: MOST_ROUNDS, whole: true, unit: 'rollouts' })
  if (service === 'naive' && (repeat ?? untilBound) !== undefined) {
    throw new UsageError('--service naive runs the twin alone, once; leave out --repeat and --until-bound.')
  }
  if (service === 'naive' && whyNoTwin !== undefined)
    throw new UsageError(`--service naive runs the twin alone: ${whyNoTwin}.`)
  if (service === 'naive' && !twin) throw new UsageError('--service naive runs the twin alone; leave out --no-twin.')
  const report = fromHere(one(given, 'report') ?? 'report.json')
  const html = htmlFile(given, report)
  const timeoutMs = (number(given, 'timeout', { min: 1, max: 86_400, unit: 'seconds' }) ?? 300) * 1_000
  if (target.kind === 'local') refuseLongerThan(timeoutMs, target.propagation)
  return {
    service,
    scenario,
    twin,
    whyNoTwin,
    rounds: repeat ?? (untilBound === undefined ? 1 : USUAL_MOST_ROUNDS),
    untilBound,
    timeoutMs,
    rate: number(given, 'rate', { min: 1, max: MOST_RATE, unit: 'requests per second' }) ?? 200,
    backgroundRate:
      number(given, 'background', { min: 0, max: MOST_RATE, whole: true, unit: 'requests per second' }) ?? 20,
    retryingRate: number(given, 'retrying', { min: 0, max: MOST_RATE, unit: 'requests per second' }) ?? 10,
    answerTimeoutMs: (number(given, 'answer-timeout', { min: 1, max: 600, unit: 'seconds' }) ?? 10) * 1_000,
    seed: number(given, 'seed', { min: 0, max: MOST_SEED, whole: true }) ?? 1,
    profile,
    profileFound: profile !== undefined && !given.has('profile'),
    clients,
    clientsNamed,
    target,
    report,
    html,
    junit: junitFile(given, [report, html]),
    json: given.has('json'),
    quiet: given.has('quiet'),
  }
}

/** Beside the report and called as it, unless it was named. */
function htmlFile(given: GivenFlags, report: string): string {
  const named = one(given, 'html')
  const html = named === undefined ? `${report.slice(0, report.length - extname(report).length)}.html` : fromHere(named)
  if (html !== report) return html
  throw new UsageError(`--html and --report are both ${report}; give the page another name, as in --html report.html.`)
}

/** @param others what must not be written over */
export function junitFile(given: GivenFlags, others: readonly string[]): string | undefined {
  const named = one(given, 'junit')
  const junit = named === undefined ? undefined : fromHere(named)
  if (junit === undefined || !others.includes(junit)) return junit
  throw new UsageError(`--junit: another report goes to ${junit}; give it another name, as in --junit junit.xml.`)
}

/** The file that was named, or the one that lies where the user is. */
function profileFile(given: GivenFlags): string | undefined {
  const named = one(given, 'profile')
  if (named !== undefined) return existing(named)
  const found = fromHere(PROFILE_FILE)
  return existsSync(found) ? found : undefined
}

function kubernetes(given: GivenFlags, scenario: Scenario, image: string | undefined): KubernetesSettings {
  const kubeconfig = one(given, 'kubeconfig')
  const needsImage = scenario.kubernetes?.needsImage === true
  if (needsImage && image === undefined) {
    throw new UsageError(
      `--scenario ${scenario.name} needs --image, as in --image registry/name:v1.0.1: which version comes next is not guessed. ` +
        `To roll the present one, take --scenario ${defaultScenario('kubernetes', undefined).name}.`,
    )
  }
  if (!needsImage && image !== undefined) {
    throw new UsageError(
      `--image has no meaning with --scenario ${scenario.name}; take --scenario ${defaultScenario('kubernetes', image).name}, or leave it out.`,
    )
  }
  return {
    kind: 'kubernetes',
    namespace: one(given, 'namespace') ?? 'cloud',
    workload: workload(given),
    container: one(given, 'container'),
    image,
    urls: (given.get('url') ?? []).map(checkedUrl),
    ...naive(given),
    restore: given.has('restore'),
    kubeconfig: kubeconfig === undefined ? undefined : fromHere(kubeconfig),
    context: one(given, 'context'),
  }
}

/** The scenario, with the values of its own flags; another scenario's flag is a mistake. */
function readScenario(given: GivenFlags, kind: TargetKind, byDefault: Scenario): ChosenScenario {
  const scenarios = scenariosOf(kind)
  const name =
    choice(
      given,
      'scenario',
      scenarios.map((scenario) => scenario.name),
    ) ?? byDefault.name
  for (const other of scenariosOf()) {
    const stray = other.flags.find((flag) => given.has(flag.name))
    if (other.name === name || stray === undefined) continue
    throw new UsageError(
      `--${stray.name} has no meaning with --scenario ${name}; take --scenario ${other.name}, or leave it out.`,
    )
  }
  const values: Record<string, number> = {}
  for (const flag of scenarios.find((scenario) => scenario.name === name)?.flags ?? []) {
    const value = number(given, flag.name, flag)
    if (value !== undefined) values[flag.name] = value
  }
  return chooseScenario(name, values)
}

function workload(given: GivenFlags): WorkloadName {
  const deployment = one(given, 'deployment')
  const text = one(given, 'workload')
  if (text === undefined) return { kind: DEPLOYMENT, name: deployment ?? 'cloud-communal-service' }
  if (deployment !== undefined) {
    throw new UsageError('--deployment NAME is short for --workload deployment/NAME; leave one of them out.')
  }
  const named = readWorkloadName(text)
  if (named !== undefined) return named
  throw new UsageError(
    `--workload: ${JSON.stringify(text)} is not a KIND/NAME, as in deployment/shop, statefulset/shop or daemonset/shop.`,
  )
}

/** With an image of its own the twin runs what that image is made to run, unless a command is given, too. */
function naive(given: GivenFlags): Pick<KubernetesSettings, 'twinCommand' | 'twinImage'> {
  const twinImage = one(given, 'twin-image')
  const command = one(given, 'twin-command') ?? (twinImage === undefined ? 'node dist/naive.js' : undefined)
  return { twinCommand: command?.split(/\s+/).filter((word) => word !== ''), twinImage }
}

function refuseFlagsOfTheOtherTarget(given: GivenFlags, kind: 'local' | 'kubernetes'): void {
  const other = kind === 'local' ? 'kubernetes' : 'local'
  const stray = flagsOf(other).find((name) => given.has(name))
  if (stray === undefined) return
  throw new UsageError(`--${stray} has no meaning with --target ${kind}; take --target ${other}, or leave it out.`)
}

function checkedUrl(url: string): string {
  try {
    parseOrigin(url)
    return url.replace(/\/$/, '')
  } catch {
    throw new UsageError(`--url: ${JSON.stringify(url)} is not an http or https URL, as in http://10.0.0.1:30080.`)
  }
}
