import { fields, list, text, texts } from './values.js'
import type { Workload } from './workload.js'
import type { World } from './world.js'

const DISKS = ['awsElasticBlockStore', 'gcePersistentDisk', 'azureDisk', 'vsphereVolume', 'cinder']

/**
 * Returns the name of a volume that only one node can mount at a time. A second pod on another node waits for it for ever. A claim that is
 * not in the input counts as such a volume.
 */
export function exclusiveVolume(world: World, { object, pod }: Workload): string | undefined {
  const volume = list(pod['volumes']).find((each) => {
    if (DISKS.some((disk) => fields(each)[disk] !== undefined)) return true
    const name = text(fields(fields(each)['persistentVolumeClaim'])['claimName'])
    if (name === undefined) return false
    const claim = world.named('PersistentVolumeClaim', name, object)
    return !texts(claim?.get('spec', 'accessModes')).some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')
  })
  return volume === undefined ? undefined : (text(fields(volume)['name']) ?? 'of the pod')
}
