import { UsageError } from '../../../base/errors.js'
import { JSON_PATCH, replaceTemplate, type Change } from '../changes/changes.js'
import type { Kind } from '../workload/kinds.js'
import { versionOf, type PodTemplate, type Service, type Workload } from '../api/objects.js'
import { withoutClaims } from '../workload/copies.js'
import { imageOf, sameTemplate } from '../workload/templates.js'
import { assertCanHaveTwin, selectingLabels, twinName, twinTemplate } from './twin-objects.js'

/** How the naive twin differs from the workload that it is a copy of. It needs a command or images of its own. */
export interface TwinDifference {
  /** Replaces the command and the arguments of the container. */
  readonly command?: readonly string[]
  /** The older and the newer image. Default: those of the workload and of its change. */
  readonly image?: { readonly from: string; readonly to: string }
  /** The URLs of the twin. Default: the hosts of the workload's URLs, with the node port of the twin's Service. */
  readonly urls?: readonly string[]
}

export interface TwinPlanOptions {
  readonly kind: Kind
  readonly original: Workload
  /** The change of the original; undefined if its template stays as it is. */
  readonly change: Change | undefined
  readonly twin: TwinDifference
  readonly services: readonly Service[]
  readonly container: string
  /** {@link Operation.direction} */
  readonly direction: 'forward' | 'back' | undefined
}

export interface TwinPlan {
  /** The first pod template of the twin. */
  readonly before: PodTemplate
  /** The change of the original, for the twin. */
  readonly change: Change | undefined
}

/**
 * Plans the twin of a workload.
 *
 * @throws {UsageError} the twin cannot exist, or would prove nothing.
 */
export function planTwin({ kind, original, change, twin, services, container, direction }: TwinPlanOptions): TwinPlan {
  const { command, image } = twin
  if (command === undefined && image === undefined) {
    throw new UsageError('a twin without a difference proves nothing: give it a command or images of its own')
  }
  assertCanHaveTwin(kind, original)
  const name = twinName(original.metadata.name, kind)
  const common = { name, container, command, selecting: selectingLabels(original, services) }
  // An undo starts at the newer version.
  const [first, second] = direction === 'back' ? [image?.to, image?.from] : [image?.from, image?.to]
  const before = twinTemplate(withoutClaims(original), { ...common, image: first })
  if (change === undefined) return { before, change: undefined }
  const { spec } = original
  const changed = withoutClaims({ ...original, spec: { ...spec, template: change.template } })
  const template = twinTemplate(changed, {
    ...common,
    image: direction === undefined ? first : second,
  })
  if (sameTemplate(before, template)) {
    throw new UsageError(
      image === undefined
        ? `the twin would be the same before and after '${change.detail}', so nothing would roll: leave the twin out with --no-twin`
        : `the twin would have the image ${image.from} before and after, so nothing would roll: give another --twin-image, or --no-twin`,
    )
  }
  return {
    before,
    change: {
      detail: `${change.detail} on its twin ${name}`,
      fromVersion: versionOf(imageOf(before, container)),
      toVersion: versionOf(imageOf(template, container)),
      template,
      contentType: JSON_PATCH,
      patch: replaceTemplate(template),
    },
  }
}
