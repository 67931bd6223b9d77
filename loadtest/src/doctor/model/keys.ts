import { dirname } from 'node:path'
import type { KubeObject } from './kube-object.js'
import { text } from './values.js'

/** The key of an object of any namespace. */
export const nameKey = ({
  kind,
  name,
}: {
  readonly kind: string | undefined
  readonly name: string | undefined
}): string => JSON.stringify([kind, name])

/** The key of the namespace and the folder of an object. */
export const folderKey = ({ namespace, source }: KubeObject): string =>
  JSON.stringify([namespace, dirname(source.input)])

/** The kind and the name of the workload that an autoscaler scales. */
export const targetKey = (scaler: KubeObject): string =>
  nameKey({
    kind: text(scaler.get('spec', 'scaleTargetRef', 'kind')) ?? 'Deployment',
    name: text(scaler.get('spec', 'scaleTargetRef', 'name')),
  })
