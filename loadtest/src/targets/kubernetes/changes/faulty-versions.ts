import { UsageError } from '../../../base/errors.js'
import { replace, type Change } from './changes.js'
import type { Kind } from '../workload/kinds.js'
import { versionOf, type ContainerSpec, type PodTemplate, type Workload } from '../api/objects.js'
import { imageOf } from '../workload/templates.js'

/** No registry holds it, unless somebody means to. */
const NO_SUCH_TAG = 'zero-drop-no-such-tag'
/** Ends at once with 1; where an image does not hold it, the container cannot even be started. Both are a crash at the start. */
const CRASH = ['/bin/false']

/** An image of the same repository that cannot be pulled. */
export function unpullable(kind: Kind, workload: Workload, container: string): Change {
  const { template } = workload.spec
  const repository = (imageOf(template, container) ?? '').replace(/@.*$|:[^:/]+$/u, '')
  const image = `${repository}:${NO_SUCH_TAG}`
  return replace(workload, container, {
    detail: `set image ${kind.word}/${workload.metadata.name} ${container}=${image}`,
    toVersion: versionOf(image),
    template: withContainer(template, container, (each) => ({ ...each, image })),
  })
}

/** A version that crashes at its start. */
export function crashing(kind: Kind, workload: Workload, container: string): Change {
  return replace(workload, container, {
    detail: `a version of ${kind.word}/${workload.metadata.name} that crashes at its start (${CRASH.join(' ')})`,
    toVersion: 'crashing',
    template: withContainer(workload.spec.template, container, (each) => ({ ...each, command: CRASH, args: [] })),
  })
}

/**
 * The same version, whose pods are asked for their readiness late.
 *
 * @throws {UsageError} it has no readiness probe.
 */
export function slowToBeReady(kind: Kind, workload: Workload, container: string, seconds: number): Change {
  const { template } = workload.spec
  const { name } = workload.metadata
  if (template.spec.containers.find((each) => each.name === container)?.readinessProbe === undefined) {
    throw new UsageError(
      `container ${container} of ${kind.name} ${name} has no readinessProbe, so it is ready as soon as it runs: the scenario slow-readiness needs one`,
    )
  }
  return replace(workload, container, {
    detail: `readiness of ${kind.word}/${name} after ${seconds} s`,
    template: withContainer(template, container, (each) => ({
      ...each,
      readinessProbe: { ...each.readinessProbe, initialDelaySeconds: seconds },
    })),
  })
}

function withContainer(
  template: PodTemplate,
  container: string,
  change: (spec: ContainerSpec) => ContainerSpec,
): PodTemplate {
  const containers = template.spec.containers.map((each) => (each.name === container ? change(each) : each))
  return { ...template, spec: { ...template.spec, containers } }
}
