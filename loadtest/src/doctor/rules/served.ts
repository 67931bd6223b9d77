import type { Severity } from '../rule.js'
import type { Traffic, World } from '../model/world.js'
import type { Workload } from '../model/workload.js'

/** A workload that a controller rolls out and to which clients may send requests. */
export interface Served {
  readonly workload: Workload
  readonly traffic: Exclude<Traffic, 'no'>
}

/** Returns the workloads with traffic. */
export const served = (world: World): readonly Served[] =>
  world.rolled.flatMap((workload) => {
    const traffic = world.trafficOf(workload)
    return traffic === 'no' ? [] : [{ workload, traffic }]
  })

/** A workload that may have no clients gets an info. */
export const severe = (traffic: Traffic, severity: Severity): Severity => (traffic === 'yes' ? severity : 'info')

/** The end of a message about a workload whose clients are not known. */
export const ifServed = (traffic: Traffic): string =>
  traffic === 'yes' ? '' : ' (no Service in the input sends client requests to its pods)'

/** A list for a message, with at most five names. */
export const listed = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`

/** @example count(1, 'pod') // '1 pod' */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
