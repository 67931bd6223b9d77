import { readFileSync, writeFileSync } from 'node:fs'
import { ROOT } from './zero-drop.ts'

/** Returns the table of README.md: the first one of `docs/frameworks.md`. */
export function frameworksTable(frameworks: string): string {
  const lines = frameworks.split('\n')
  const start = lines.findIndex((text) => text.startsWith('|'))
  const end = lines.findIndex((text, index) => index > start && !text.startsWith('|'))
  return lines.slice(start, end).join('\n')
}

/** Returns README.md with its table made anew from its page. */
export const withTables = (readme: string): string =>
  withTable(readme, 'frameworks', frameworksTable(readFileSync(`${ROOT}docs/frameworks.md`, 'utf8')))

/** Writes the table of README.md anew from its page. */
export function updateReadme(): void {
  writeFileSync(`${ROOT}README.md`, withTables(readFileSync(`${ROOT}README.md`, 'utf8')))
}

/** Replaces the text between two marks of README.md. */
export function withTable(readme: string, name: string, text: string): string {
  const marks = new RegExp(`(?<=<!-- ${name} -->\\n)[^]*?(?=<!-- /${name} -->)`, 'u')
  if (!marks.test(readme)) throw new Error(`README.md has no marks for a table: <!-- ${name} --> and <!-- /${name} -->`)
  return readme.replace(marks, () => `${text}\n`)
}
