import type { Bar } from './plot.ts'

/** How much to measure. `quick` takes fewer rounds and connections, and its results are not written. */
export interface Effort {
  readonly quick: boolean
  readonly log: (line: string) => void
}

interface Plot {
  /** The name of the file in docs/, without `.svg`. */
  readonly file: string
  readonly title: string
  readonly bars: readonly Bar[]
}

export interface Findings {
  /** Markdown that says what was measured, and how to read the table. */
  readonly text: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly plots: readonly Plot[]
}

/** One question of the benchmarks. */
export interface Section {
  /** The name for `--only`. */
  readonly id: string
  readonly title: string
  /** Returns a sentence instead of findings if this machine cannot run the measurement. */
  readonly measure: (effort: Effort) => Promise<Findings | string>
}
