import { UsageError } from '../../../base/errors.js'
import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { LocalTargetOptions } from '../options.js'
import type { LocalScenario, PodTemplate, Setting, Stage } from './action.js'

/** The template of the older version and the one of the newer. */
function templates(
  { command, toCommand, fromVersion, toVersion }: LocalTargetOptions,
  manifests: Manifests,
): { older: PodTemplate; newer: PodTemplate } {
  return {
    older: { version: fromVersion, command, manifests },
    newer: { version: toVersion, command: toCommand ?? command, manifests },
  }
}

/** From the older version to the newer one. */
export function forward(options: LocalTargetOptions, manifests: Manifests): Setting {
  const { older, newer } = templates(options, manifests)
  const { name } = options.scenario.scenario
  assertTwoVersions(options)
  return { present: older, other: newer, change: `${name} from ${older.version} to ${newer.version}` }
}

/** Pods of the older version only. */
export function still(options: LocalTargetOptions, manifests: Manifests, change: string): Setting {
  const { older } = templates(options, manifests)
  return { present: older, other: older, change: `${change} of ${older.version}` }
}

/** Exchanges every pod. */
export function roll({ controller }: Stage, signal: AbortSignal): ReturnType<LocalScenario['play']> {
  controller.switchTemplate()
  return controller.follow(signal)
}

export const setImage: LocalScenario = { set: forward, play: roll }

export const restart: LocalScenario = {
  set: (options, manifests) => still(options, manifests, 'restart'),
  play: roll,
}

export const undo: LocalScenario = {
  set(options, manifests) {
    assertTwoVersions(options)
    const { fromVersion, toVersion } = options
    const { 'to-revision': revision = 1 } = options.scenario.values
    if (revision !== 1) {
      throw new UsageError(
        `there is no revision ${revision} to go back to: here revision 1 is ${fromVersion}, and 2 (${toVersion}) is the present one`,
      )
    }
    const { older, newer } = templates(options, manifests)
    return { present: newer, other: older, change: `undo from ${newer.version} to ${older.version}` }
  },
  play: roll,
}

function assertTwoVersions({ fromVersion, toVersion }: LocalTargetOptions): void {
  if (fromVersion !== toVersion) return
  throw new UsageError(`both versions are ${toVersion}, so nothing would roll: for that there is the scenario restart`)
}
