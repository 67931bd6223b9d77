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

/** Returns README.zh-CN.md with its table made anew from the page, which is in English. */
export const withTablesInChinese = (readme: string): string =>
  withTable(readme, 'frameworks', inChinese(frameworksTable(readFileSync(`${ROOT}docs/frameworks.md`, 'utf8'))))

/** Writes the tables of README.md and README.zh-CN.md anew from their page. */
export function updateReadme(): void {
  writeFileSync(`${ROOT}README.md`, withTables(readFileSync(`${ROOT}README.md`, 'utf8')))
  writeFileSync(`${ROOT}README.zh-CN.md`, withTablesInChinese(readFileSync(`${ROOT}README.zh-CN.md`, 'utf8')))
}

/** The words of the table of frameworks. A word that is not here stays in English. */
const WORDS: readonly [RegExp, string][] = [
  [
    /^\| service .*$/mu,
    '| 服务 | 丢失或出错 / 总数 | 自身的清理与退出 | 预加载后：丢失或出错 / 总数 | 自身的清理与退出 |',
  ],
  [/ of (?=[\d,]+ \|)/gu, ' / '],
  [/finished, /gu, '完成，'],
  [/cut, SIGKILL after (\d+) s/gu, '未完成，$1 s 后 SIGKILL'],
  [/exit (\d+)/gu, '退出码 $1'],
  [/, a worker without a server/gu, '，不含服务器的 worker'],
  [/, a stream over POST/gu, '，通过 POST 的流'],
]

const inChinese = (table: string): string =>
  WORDS.reduce((text, [english, chinese]) => text.replace(english, chinese), table)

/** Replaces the text between two marks of README.md. */
export function withTable(readme: string, name: string, text: string): string {
  const marks = new RegExp(`(?<=<!-- ${name} -->\\n)[^]*?(?=<!-- /${name} -->)`, 'u')
  if (!marks.test(readme)) throw new Error(`README.md has no marks for a table: <!-- ${name} --> and <!-- /${name} -->`)
  return readme.replace(marks, () => `${text}\n`)
}
