import { duplicate } from './duplicate.js'
import type { Fault } from './fault.js'
import { fin } from './fin.js'
import { late } from './late.js'
import { rst } from './rst.js'
import { truncation } from './truncation.js'

/** Every fault that the self-test plants, in the order in which it tells of them: first the one that it waits for. */
export const plantedFaults = (lateMs: number): readonly Fault[] => [late(lateMs), fin, rst, truncation, duplicate]
