/** Returns one row of a Markdown table. */
export const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** Returns a Markdown table whose first column is text and whose other columns are numbers. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n')
