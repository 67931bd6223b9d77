import type { ScenarioName } from '../../scenarios/scenario.js'
import { TargetError } from '../target.js'
import { imageOf, JSON_PATCH, replaceTemplate, sameTemplate, type Change } from './changes.js'
import { versionOf, type Deployment, type PodTemplate, type Service } from './objects.js'
import { assertCanHaveTwin, selectingLabels, twinName, twinTemplate } from './twin-objects.js'

/** How the naive twin differs from the Deployment that it is made after. In command or images at least. */
export interface TwinDifference {
  /** Instead of the container's command and arguments. */
  readonly command?: readonly string[]
  /** Images of its own, the older and the newer one; default those of the Deployment and of its change. */
  readonly image?: { readonly from: string; readonly to: string }
  /** Where the twin answers; default the hosts of the Deployment's URLs, with the node port that its Service gets. */
  readonly urls?: readonly string[]
}

export interface TwinPlanOptions {
  readonly original: Deployment
  /** What the original would go through. */
  readonly change: Change
  readonly twin: TwinDifference
  readonly services: readonly Service[]
  readonly container: string
  readonly scenario: ScenarioName
}

export interface TwinPlan {
  /** What the twin's pods are made from at first. */
  readonly before: PodTemplate
  /** The same change as the original's, on the twin. */
  readonly change: Change
}

/** @throws {TargetError} usage: a twin that cannot be, or that would prove nothing. */
export function planTwin({ original, change, twin, services, container, scenario }: TwinPlanOptions): TwinPlan {
  const { command, image } = twin
  if (command === undefined && image === undefined) {
    throw new TargetError(
      'usage',
      'a twin that differs in nothing proves nothing: give it a command or images of its own',
    )
  }
  assertCanHaveTwin(original)
  const name = twinName(original.metadata.name)
  const common = { name, container, command, selecting: selectingLabels(original, services) }
  // An undo goes from the newer version to the older one.
  const [first, second] = scenario === 'undo' ? [image?.to, image?.from] : [image?.from, image?.to]
  const before = twinTemplate(original.spec.template, { ...common, image: first })
  const template = twinTemplate(change.template, { ...common, image: scenario === 'restart' ? first : second })
  if (sameTemplate(before, template)) {
    throw new TargetError(
      'usage',
      `the twin would have the image ${image?.from} before and after, so nothing would roll`,
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
