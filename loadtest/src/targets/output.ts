/** How many of the last lines of a process to keep for {@link lastLines}. */
export const KEPT_LINES = 30

const SHOWN_LINES = 6

/** Returns the last lines of a process on one line, without the frames of a stack trace, which hide the message. */
export function lastLines(lines: readonly string[]): string {
  const shown = lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^at .+(?:\)|:\d+:\d+)|^[\^{}~]+$/u.test(line))
  return shown.slice(-SHOWN_LINES).join(' | ')
}
