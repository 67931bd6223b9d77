import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { frameworksTable, readmeTable, withTable, withTables } from '../base/readme.ts'
import { ROOT } from '../base/zero-drop.ts'

const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')

const HEADLINE = `# Page

| contender | requests | dropped | SIGTERM to exit |
|---|--:|--:|--:|
| naive: exits | 10 | 3 | 1.0 s |
| \`server.close()\`, after a sleep by hand | 20 | **0** | 2.0 s |

| another | table |
`

const CONFORMANCE = `| | graceful | server.close() |
|---|---|---|
| a row | ✓ | ✗ |
| **Rows passed** | 51 of 51 | 17 of 45 |
`

describe('the tables of README.md', () => {
  it('show the results of docs/headline.md, docs/conformance.md and docs/frameworks.md', () => {
    expect(read('README.md')).toBe(withTables(read('README.md')))
  })

  it('give each contender its own score, and none to a service without one', () => {
    expect(readmeTable(HEADLINE, CONFORMANCE).split('\n').slice(2)).toEqual([
      '| naive: exits | 10 | 3 | 1.0 s | – |',
      '| `server.close()`, after a sleep by hand | 20 | **0** | 2.0 s | 17 of 45 |',
    ])
  })

  it('take the first table of a page', () => {
    expect(frameworksTable('# Page\n\n| a |\n| --- |\n| 1 |\n\n| another |\n')).toBe('| a |\n| --- |\n| 1 |')
  })

  it('are not written into a README without the marks', () => {
    expect(() => withTable('# Title', 'headline', '| a |')).toThrow(
      'README.md has no marks for a table: <!-- headline -->',
    )
  })
})
