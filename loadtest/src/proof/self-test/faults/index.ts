import { duplicate } from './duplicate.js'
import type { Fault } from './fault.js'
import { fin } from './fin.js'
import { late } from './late.js'
import { rst } from './rst.js'
import { truncation } from './truncation.js'

/** Every fault of the self-test, in the order of its report. The late response comes first, because it takes longest. */
export const plantedFaults = (lateMs: number): readonly Fault[] => [late(lateMs), fin, rst, truncation, duplicate]
