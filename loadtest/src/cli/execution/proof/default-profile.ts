import { anyService } from '../../../inputs/profile/any-service.js'
import { cloudCommunal } from '../../../inputs/profile/cloud-communal.js'
import type { Profile } from '../../../inputs/profile/profile.js'
import { DEFAULT_WORKLOAD } from '../../settings/kubernetes-settings.js'

/** Returns the profile for workloads that no file describes: only that of this repository is known to have more than one path. */
export const defaultProfile = (workloads: readonly string[], path = '/', contains?: string): Profile =>
  workloads.includes(DEFAULT_WORKLOAD) ? cloudCommunal : anyService(path, contains)
