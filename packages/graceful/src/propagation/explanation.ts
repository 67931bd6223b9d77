import type { DelayEnd, DelayReport, DelaySource } from '../types.js'
import { MAX_SOURCES, type Sources } from './sources.js'

/** Sources in a report. A person reads no more, and the termination message of a container has room for no more. */
const MAX_REPORTED = 8

export interface Moment {
  readonly now: number
  /** End of the shortest delay. */
  readonly minAt: number
  /** Whether the expected delay is over. Then each source needs less silence. */
  readonly extended: boolean
}

/** Returns the report of an adaptive delay: its sources, and which of them holds the delay. */
export function explain(sources: Sources, { now, minAt, extended }: Moment): DelayReport {
  const ranked = sources.all
    .map((source) => {
      const needed = extended ? sources.silenceAfterExpected(source) : source.conclusiveSilence
      return { source, needed, heldUntil: source.lastSeen + needed }
    })
    // Of two sources that hold the delay without an end (the difference is NaN), the one that connected last comes first.
    .toSorted((left, right) => right.heldUntil - left.heldUntil || right.source.lastSeen - left.source.lastSeen)
  const first = ranked[0]
  const holds = first !== undefined && first.heldUntil > minAt
  return {
    heldBy: sources.overflowed(now)
      ? `more than ${MAX_SOURCES} addresses`
      : holds
        ? addressOf(first.source.address)
        : undefined,
    sourceCount: ranked.length,
    sources: ranked.slice(0, MAX_REPORTED).map(({ source: { address, perSecond, longestGap, lastSeen }, needed }) => ({
      address: addressOf(address),
      perSecond: perSecond === undefined ? undefined : Math.round(perSecond * 100) / 100,
      longestGapMs: longestGap === undefined ? undefined : Math.round(longestGap),
      silenceNeededMs: Number.isFinite(needed) ? Math.ceil(needed) : undefined,
      silenceSeenMs: Math.round(now - lastSeen),
    })),
  }
}

/** Returns the log line for the end of a delay of `ms`. */
export function textOfEnd(end: DelayEnd, ms: number, report: DelayReport | undefined): string {
  const over = `the propagation delay is over after ${seconds(ms)} s (${end})`
  if (report === undefined) return over
  const { heldBy, sources } = report
  if (heldBy !== undefined) return `${over}, held by ${textOfHolder(report)}`
  if (end === 'evidence') return `${over}: every source was silent long enough when the shortest delay was over`
  return sources.length === 0 ? `${over}: no source opened connections before or after the signal` : over
}

/** Returns the source that holds a delay, in words. */
export function textOfHolder({ heldBy, sources }: DelayReport): string {
  const holder = sources.find(({ address }) => address === heldBy)
  return holder === undefined ? `${heldBy}` : `${heldBy} (${textOf(holder)})`
}

function textOf({ perSecond, longestGapMs = 0, silenceNeededMs, silenceSeenMs }: DelaySource): string {
  const rate =
    perSecond === undefined
      ? 'too rare or too new to have a rate'
      : `${perSecond} connections/s, longest gap ${seconds(longestGapMs)} s`
  const silence = `silent for ${seconds(silenceSeenMs)} s`
  return silenceNeededMs === undefined
    ? `${rate}, ${silence}, which proves nothing`
    : `${rate}, ${silence} of the ${seconds(silenceNeededMs)} s needed`
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1)

/** Returns an address as a person knows it: an IPv4 address is not shown in its IPv6 form. */
const addressOf = (address: string): string => (address === '' ? 'a local client' : address.replace(/^::ffff:/, ''))
