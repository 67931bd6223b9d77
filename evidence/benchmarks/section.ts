import type { Bar } from './plot.ts'

/** How much is measured. `quick` is for a look: its numbers are not written down. */
export interface Effort {
  readonly quick: boolean
  readonly log: (line: string) => void
}

interface Plot {
  /** In docs/, without its ending. */
  readonly file: string
  readonly title: string
  readonly bars: readonly Bar[]
}

export interface Findings {
  /** What was measured, how, and how to read it: Markdown. */
  readonly text: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly plots: readonly Plot[]
}

/** One question of the benchmarks. */
export interface Section {
  /** For `--only`. */
  readonly id: string
  readonly title: string
  /** A sentence in place of findings where this machine cannot answer the question. */
  readonly measure: (effort: Effort) => Promise<Findings | string>
}
