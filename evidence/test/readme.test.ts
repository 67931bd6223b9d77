import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readmeTable, withTable } from '../base/readme.ts'
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

describe('the table of README.md', () => {
  it('shows the results of docs/headline.md and the scores of docs/conformance.md', () => {
    expect(read('README.md')).toBe(
      withTable(read('README.md'), readmeTable(read('docs/headline.md'), read('docs/conformance.md'))),
    )
  })

  it('gives each contender its own score, and none to a service without one', () => {
    expect(readmeTable(HEADLINE, CONFORMANCE).split('\n').slice(2)).toEqual([
      '| naive: exits | 10 | 3 | 1.0 s | – |',
      '| `server.close()`, after a sleep by hand | 20 | **0** | 2.0 s | 17 of 45 |',
    ])
  })

  it('is not written into a README without the marks', () => {
    expect(() => withTable('# Title', '| a |')).toThrow('README.md has no marks for the headline')
  })
})
