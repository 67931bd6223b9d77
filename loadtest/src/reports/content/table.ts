/** A table of a report. Each renderer decides how columns are aligned and how tones look. */
export interface Table {
  readonly columns: readonly Column[]
  /** One cell for each column. */
  readonly rows: readonly (readonly Cell[])[]
  /** A last row that sums up the others. */
  readonly total?: readonly Cell[]
}

export interface Column {
  readonly header: string
  /** Explains the header. */
  readonly title?: string
  /** Too much for one screen of a terminal: only the page and `--verbose` show this column. */
  readonly wide?: boolean
}

export interface Cell {
  readonly text: string
  /** `bad`: a drop. `doubt`: worth a look. */
  readonly tone?: Tone
}

export type Tone = 'bad' | 'doubt'
