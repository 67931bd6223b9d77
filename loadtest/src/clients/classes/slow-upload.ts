import type { PlannedRequest } from '../../inputs/requests/planned-request.js'
import { planUpload } from '../../inputs/requests/requests.js'
import type { ClientClass } from '../client.js'
import { startPacedPool } from '../sending/paced-pool.js'

const CONNECTIONS = 1

export const slowUpload: ClientClass = {
  name: 'slow-upload',
  description: 'uploads that take seconds, some always in flight: detects request bodies cut off by SIGTERM',
  weight: 2,
  needs: 'paths.upload',
  supports: ({ paths }) => paths.upload !== undefined,
  start: (context) => {
    const { random, profile } = context
    const { upload } = profile.paths
    const plan = (): PlannedRequest[] =>
      upload ? [planUpload(upload, random, random.between(upload.slowMs.min, upload.slowMs.max))] : []
    return startPacedPool(context, { connections: CONNECTIONS, plan })
  },
}
