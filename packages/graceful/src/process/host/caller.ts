/** Frames that V8 collects. The first ones can belong to Node. */
const FRAMES = 30
/** In characters. */
const MAX_LENGTH = 200

/**
 * Returns the stack frame of the code that called a function, such as `stop (/app/telemetry.js:12:5)`. Frames of Node are left out.
 *
 * @param called the function, which is on the stack
 * @returns undefined if the stack shows no such frame
 */
export function callerOf(called: (...args: never[]) => unknown): string | undefined {
  const { stackTraceLimit } = Error
  const trace: { readonly stack?: unknown } = {}
  Error.stackTraceLimit = FRAMES
  Error.captureStackTrace(trace, called)
  Error.stackTraceLimit = stackTraceLimit
  // An application can install its own format of stacks, which can be any value.
  if (typeof trace.stack !== 'string') return undefined
  const frame = trace.stack.split('\n').find((line) => /^\s+at .*:\d+:\d+\)?$/.test(line) && !/[ (]node:/.test(line))
  return frame?.trim().slice('at '.length, MAX_LENGTH)
}
