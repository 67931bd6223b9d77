/** A program of `pnpm evidence`. */
export interface Program {
  /** The flags with their defaults, for `--help` and after an error. */
  readonly usage: string
  /**
   * Runs the program and returns the exit code.
   *
   * @throws {UsageError} the command line is wrong
   */
  readonly run: (args: readonly string[]) => Promise<number>
}
