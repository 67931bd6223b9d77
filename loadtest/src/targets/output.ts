/** How many of a process's last lines are worth keeping for `gist`. */
export const REMEMBERED_LINES = 30

const TOLD_LINES = 6

/** What a process that failed printed last, on one line: without the frames of a stack trace, which hide the message. */
export function gist(lines: readonly string[]): string {
  const telling = lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^at .+(?:\)|:\d+:\d+)|^[\^{}~]+$/u.test(line))
  return telling.slice(-TOLD_LINES).join(' | ')
}
