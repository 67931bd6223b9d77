import { UsageError } from '../../../base/errors.js'
import { replace, type Change } from './changes.js'
import type { Kind } from '../workload/kinds.js'
import { versionOf, type ContainerSpec, type PodTemplate, type Workload } from '../api/objects.js'
import { imageOf } from '../workload/templates.js'

/** A tag that no registry has. */
const NO_SUCH_TAG = 'zero-drop-no-such-tag'
/** Exits at once with 1. An image without this program cannot start its container, which counts as a crash, too. */
const CRASH = ['/bin/false']

/** Returns a change to an image of the same repository that cannot be pulled. */
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

/** Returns a change to a version that crashes at its start. */
export function crashing(kind: Kind, workload: Workload, container: string): Change {
  return replace(workload, container, {
    detail: `a version of ${kind.word}/${workload.metadata.name} that crashes at its start (${CRASH.join(' ')})`,
    toVersion: 'crashing',
    template: withContainer(workload.spec.template, container, (each) => ({ ...each, command: CRASH, args: [] })),
  })
}

/**
 * Returns a change that delays the first readiness probe of the same version.
 *
 * @throws {UsageError} the container has no readiness probe.
 */
export function slowToBeReady(kind: Kind, workload: Workload, container: string, seconds: number): Change {
  const { template } = workload.spec
  const { name } = workload.metadata
  if (template.spec.containers.find((each) => each.name === container)?.readinessProbe === undefined) {
    throw new UsageError(
      `container ${container} of ${kind.name} ${name} has no readinessProbe, so it is ready as soon as it runs: add a readinessProbe, or choose another scenario`,
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
