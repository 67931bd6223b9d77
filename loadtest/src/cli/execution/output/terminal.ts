/** Longer lines are hard to read. */
const WIDEST = 120

/** The columns of the terminal to which stdout goes; undefined if it goes to a file, a pipe or the log of a CI system. */
export const terminalWidth = (): number | undefined =>
  process.stdout.isTTY ? Math.min(WIDEST, process.stdout.columns) : undefined
