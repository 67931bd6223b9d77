import { existsSync, writeFileSync } from 'node:fs'
import type { AbandonedWork, ExitCall, HookResult, ListenerResult, ShutdownReport } from '../../types.js'

/** Default `terminationMessagePath` of a container. `kubectl describe pod` shows the content of this file. */
const FILE = '/dev/termination-log'
/** The kubelet truncates a longer message. */
const MAX_BYTES = 4_096
/** The reason of a caller can be a whole document. In characters. */
const MAX_REASON_LENGTH = 200
/**
 * The error of a hook can contain a whole SQL statement or HTML page. The errors are cut to the first of these lengths with which all
 * hooks fit. In characters.
 */
const ERROR_LENGTHS = [200, 60, 20] as const
/** Bytes of a message that is too long, for the listeners and for the exit calls each. */
const OTHER_CODE_BYTES = 400
/** Bytes of a message that is too long that belong to the forced connections, and those for the abandoned work. */
const FORCED_BYTES = 1_024
const ABANDONED_BYTES = 512
/** The name of background work can contain the whole job. In characters. */
const MAX_NAME_LENGTH = 100

/** Writes the report as the container's termination message, if the kubelet has mounted the file. */
export function writeTerminationMessage(report: ShutdownReport, file: string = FILE): void {
  try {
    if (existsSync(file)) writeFileSync(file, terminationMessage(report))
  } catch {
    // A file that is read-only, or out of reach of Node's permission model, must not change the outcome of the shutdown.
  }
}

/**
 * Returns the report as JSON of at most {@link MAX_BYTES}. If the report is longer, it has only the first source of the delay, and its
 * errors are cut further. Then the failed hooks come first. The forced connections get at least {@link FORCED_BYTES}, the abandoned
 * work at least {@link ABANDONED_BYTES}. `hookCount`, `forcedCount` and `abandonedCount` are the full numbers. The cost is linear in the report, because no entry is converted more than a few times.
 */
export function terminationMessage(report: ShutdownReport): string {
  const { forced, hooks, abandoned, listeners, exitCalls } = report
  const whole = {
    ...report,
    reason: cut(report.reason, MAX_REASON_LENGTH),
    hooks: withShortErrors(hooks, ERROR_LENGTHS[0]),
    abandoned: abandoned.map(withShortName),
  }
  const message = JSON.stringify(whole)
  if (Buffer.byteLength(message) <= MAX_BYTES) return message

  // The first source is the one that held the delay.
  const delay = report.delay && { ...report.delay, sources: report.delay.sources.slice(0, 1) }
  const { length: hookCount } = hooks
  const { length: forcedCount } = forced
  const { length: abandonedCount } = abandoned
  const forForced = forcedCount > 0 ? FORCED_BYTES : 0
  const forAbandoned = abandonedCount > 0 ? ABANDONED_BYTES : 0
  const frame = {
    ...whole,
    delay,
    forced: [],
    hooks: [],
    abandoned: [],
    forcedCount,
    ...ofOtherCode(listeners, exitCalls),
  }
  const spaceForHooks = MAX_BYTES - bytesOf({ ...frame, hookCount, abandonedCount }) - forForced - forAbandoned
  const failedFirst = [...hooks.filter(isFailed), ...hooks.filter((hook) => !isFailed(hook))]
  const candidates = ERROR_LENGTHS.map((length) => fitting(withShortErrors(failedFirst, length), spaceForHooks))
  const keptHooks = candidates.find(({ length }) => length === hookCount) ?? candidates.at(-1)!
  const withHooks = { ...frame, hooks: keptHooks, ...(keptHooks.length < hookCount ? { hookCount } : {}) }
  const keptWork = fitting(whole.abandoned, MAX_BYTES - bytesOf({ ...withHooks, abandonedCount }) - forForced)
  const rest = { ...withHooks, abandoned: keptWork, ...(keptWork.length < abandonedCount ? { abandonedCount } : {}) }
  const keptForced = fitting(forced, MAX_BYTES - bytesOf(rest))
  return JSON.stringify({
    ...rest,
    forced: keptForced,
    forcedCount: keptForced.length < forcedCount ? forcedCount : undefined,
  })
}

/** Returns the listeners and the exit calls that fit into their part of a message that is too long: the failed listeners first. */
function ofOtherCode(
  listeners: readonly ListenerResult[],
  exitCalls: readonly ExitCall[],
): Pick<ShutdownReport, 'listeners' | 'exitCalls'> {
  const short = listeners.map(({ name, outcome }) => ({ name: cut(name, MAX_NAME_LENGTH), outcome }))
  const failedFirst = [...short.filter(isFailed), ...short.filter((result) => !isFailed(result))]
  return { listeners: fitting(failedFirst, OTHER_CODE_BYTES), exitCalls: fitting(exitCalls, OTHER_CODE_BYTES) }
}

const isFailed = ({ outcome }: Pick<HookResult, 'outcome'>): boolean => outcome !== 'done'

const bytesOf = (value: object): number => Buffer.byteLength(JSON.stringify(value))

/** Returns the first entries that fit into `space` bytes of a JSON array. */
function fitting<T extends object>(entries: readonly T[], space: number): T[] {
  // The last entry has no comma after it.
  let left = space + 1
  const end = entries.findIndex((entry) => {
    left -= bytesOf(entry) + 1
    return left < 0
  })
  return end < 0 ? [...entries] : entries.slice(0, end)
}

const withShortName = (work: AbandonedWork): AbandonedWork => ({ ...work, name: cut(work.name, MAX_NAME_LENGTH) })

const withShortErrors = (hooks: readonly HookResult[], length: number): HookResult[] =>
  hooks.map((hook) => (hook.error === undefined ? hook : { ...hook, error: cut(hook.error, length) }))

/** Cuts a text without half a surrogate pair at its end. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')
