import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** The rows of every table of a document of the repository: what each is called, and its other cells. */
const rowsOf = (document: string): { title: string; cells: string[] }[] =>
  readFileSync(new URL(`../../../${document}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').slice(1, -1))
    .map(([title = '', ...cells]) => ({
      title: title.trim(),
      cells: cells.map((cell) => cell.trim().replaceAll('`', '')),
    }))

/** What the README's table calls each row of the conformance table. */
const NAMES: Record<string, string> = {
  // The head, with the names.
  '': '',
  'rows passed': '**Rows passed**',
  'new connections served during the whole delay': 'New connections are served during the whole delay',
  'after the delay, new connections refused, none reset':
    'After the delay, new connections are refused; none is accepted and then reset',
  'a request on an idle connection answered after the listener has closed':
    'A request on an idle connection is answered after the listener has closed',
  'pipelined requests whose handlers finish after the signal all answered':
    'Pipelined requests whose handlers finish after the signal are all answered',
  'a slow reader receives a large response completely':
    'A client that reads slowly receives a large response completely',
  'HTTP/2 streams over TLS finish': '… also over TLS',
  'WebSockets get close code 1001': '… with the code 1001, "going away"',
  'a handler hangs: exit within the budget, nonzero code':
    'If a handler never responds, the process exits within its budget with a nonzero code',
}

/** A race of which some were passed is failed; a pass after a sleep is one by hand; a score is its two numbers. */
const plain = (cell: string): string =>
  cell.startsWith('✗') ? '✗' : (/\d+ of \d+/.exec(cell)?.[0] ?? cell.replace('(✓)', 'by hand'))

describe('README.md', () => {
  const conformance = rowsOf('docs/conformance.md')
  const shown = rowsOf('README.md').filter(({ cells }) => cells.length === 9)

  it('shows rows of the conformance table, and no other', () => {
    expect(shown.map(({ title }) => title)).toEqual(Object.keys(NAMES))
  })

  it.each(shown)('says of "$title" what the conformance table says', ({ title, cells }) => {
    const measured = conformance.find((row) => row.title === NAMES[title])
    expect(cells.map(plain)).toEqual(measured?.cells.map(plain))
  })
})
