import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { frameworksTable, withTable, withTables, withTablesInChinese } from '../base/readme.ts'
import { ROOT } from '../base/zero-drop.ts'

const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')

describe('the table of README.md', () => {
  it('shows the results of docs/frameworks.md', () => {
    expect(read('README.md')).toBe(withTables(read('README.md')))
  })

  it('shows the same results in README.zh-CN.md, in Chinese', () => {
    const readme = read('README.zh-CN.md')
    expect(readme).toBe(withTablesInChinese(readme))
    const [, table = ''] = /<!-- frameworks -->\n([^]*?)<!-- \/frameworks -->/u.exec(readme) ?? []
    expect(table).not.toMatch(/ of | finished|exit \d|cut, | a /u)
  })

  it('is the first table of a page', () => {
    expect(frameworksTable('# Page\n\n| a |\n| --- |\n| 1 |\n\n| another |\n')).toBe('| a |\n| --- |\n| 1 |')
  })

  it('is not written into a README without the marks', () => {
    expect(() => withTable('# Title', 'frameworks', '| a |')).toThrow(
      'README.md has no marks for a table: <!-- frameworks -->',
    )
  })
})
