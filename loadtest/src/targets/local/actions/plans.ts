import { UsageError } from '../../../base/errors.js'
import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { LocalPlan, LocalVersions, PodTemplate } from './action.js'

/** Plans a rollout from the older version to the newer one. */
export function toNewer(label: string, versions: LocalVersions, manifests: Manifests): LocalPlan {
  assertTwoVersions(versions)
  const { older, newer } = templates(versions, manifests)
  return { present: older, other: newer, change: `${label} from ${older.version} to ${newer.version}` }
}

/** Plans a rollout from the newer version back to the older one. */
export function toOlder(label: string, versions: LocalVersions, manifests: Manifests): LocalPlan {
  assertTwoVersions(versions)
  const { older, newer } = templates(versions, manifests)
  return { present: newer, other: older, change: `${label} from ${newer.version} to ${older.version}` }
}

/** Plans an action that keeps the older version. */
export function unchanged(label: string, versions: LocalVersions, manifests: Manifests): LocalPlan {
  const { older } = templates(versions, manifests)
  return { present: older, other: older, change: `${label} of ${older.version}` }
}

function templates(
  { command, toCommand, fromVersion, toVersion }: LocalVersions,
  manifests: Manifests,
): { older: PodTemplate; newer: PodTemplate } {
  return {
    older: { version: fromVersion, command, manifests },
    newer: { version: toVersion, command: toCommand ?? command, manifests },
  }
}

function assertTwoVersions({ fromVersion, toVersion }: LocalVersions): void {
  if (fromVersion !== toVersion) return
  throw new UsageError(
    `both versions are ${toVersion}, so nothing would roll: use two versions, or choose --scenario restart`,
  )
}
