import { readFileSync, writeFileSync } from 'node:fs'
import { table } from './markdown.ts'
import { ROOT } from './zero-drop.ts'

const HEAD = ['stopped with', 'requests', 'dropped', 'SIGTERM to exit', 'conformance rows passed']

/** Returns the rows of the first table of a page, without its two head lines. */
const rowsOf = (page: string): string[][] => {
  const lines = page.split('\n')
  const start = lines.findIndex((text) => text.startsWith('|'))
  const end = lines.findIndex((text, index) => index > start && !text.startsWith('|'))
  return lines.slice(start + 2, end).map(cellsOf)
}

const cellsOf = (row: string): string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

/**
 * Returns the table of README.md: the results of the headline, and beside them the score of each contender in the conformance tests.
 *
 * @param headline the text of `docs/headline.md`
 * @param conformance the text of `docs/conformance.md`
 */
export function readmeTable(headline: string, conformance: string): string {
  const lines = conformance.split('\n')
  const names = cellsOf(lines.find((text) => text.startsWith('|')) ?? '')
  const scores = cellsOf(lines.find((text) => text.startsWith('| **Rows passed**')) ?? '')
  const scoreOf = (entry: string): string => {
    const contender = entry.replace(/,.*/u, '').replaceAll('`', '')
    return scores[names.indexOf(contender)] ?? '–'
  }
  const rows = rowsOf(headline).map((cells) => [...cells, scoreOf(cells[0] ?? '')])
  return table(HEAD, rows)
}

/** Returns the table of README.md about frameworks: the first one of `docs/frameworks.md`. */
export function frameworksTable(frameworks: string): string {
  const lines = frameworks.split('\n')
  const start = lines.findIndex((text) => text.startsWith('|'))
  const end = lines.findIndex((text, index) => index > start && !text.startsWith('|'))
  return lines.slice(start, end).join('\n')
}

/** Returns README.md with its tables made anew from the pages. */
export function withTables(readme: string): string {
  const headline = withTable(readme, 'headline', readmeTable(page('headline'), page('conformance')))
  return withTable(headline, 'frameworks', frameworksTable(page('frameworks')))
}

/** Writes the tables of README.md anew from the pages. */
export function updateReadme(): void {
  writeFileSync(`${ROOT}README.md`, withTables(readFileSync(`${ROOT}README.md`, 'utf8')))
}

/** Replaces the text between two marks of README.md. */
export function withTable(readme: string, name: string, text: string): string {
  const marks = new RegExp(`(?<=<!-- ${name} -->\\n)[^]*?(?=<!-- /${name} -->)`, 'u')
  if (!marks.test(readme)) throw new Error(`README.md has no marks for a table: <!-- ${name} --> and <!-- /${name} -->`)
  return readme.replace(marks, () => `${text}\n`)
}

const page = (name: string): string => readFileSync(`${ROOT}docs/${name}.md`, 'utf8')
