import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml'
import { describe, expect, it } from 'vitest'
import { examine } from '../../../src/doctor/examine.ts'
import { correct, textOf } from '../../../src/doctor/fix/fix.ts'
import { parseObjects } from '../../../src/doctor/model/parse.ts'
import type { Path } from '../../../src/doctor/model/values.ts'
import { RULES } from '../../../src/doctor/rules/index.ts'
import { manifestWith } from '../fixtures/manifest.ts'
import { STYLES } from './styles.ts'

interface Change {
  readonly document: number
  /** The lines of the fields on the path. */
  readonly lines: readonly number[]
  readonly path: Path
}

interface Fixed {
  readonly text: string
  readonly changes: readonly Change[]
  /** The number of findings whose correction could not be written. */
  readonly left: number
}

function fixed(text: string): Fixed {
  const parsed = parseObjects(text, 'shop.yaml')
  if ('error' in parsed) throw new Error(`${parsed.error} at line ${parsed.line}`)
  const { findings } = examine(parsed.objects)
  const { texts, done } = correct(findings)
  return {
    text: textOf(parsed, texts),
    left: findings.filter(({ edits }) => edits.length > 0).length - done,
    changes: findings.flatMap(({ edits }) =>
      edits.map(({ object, path }) => ({
        document: parsed.documents.indexOf(object.source),
        lines: object.linesOf(path),
        path: [...object.base, ...path],
      })),
    ),
  }
}

/** The lines without those of the changed fields: the line of each field on a path, and all lines of the last one. */
function untouched(text: string, changes: readonly Change[]): string[] {
  const counter = new LineCounter()
  const documents = parseAllDocuments(text.replace(/^\uFEFF/u, ''), { lineCounter: counter }) as Document[]
  const touched = new Set(changes.flatMap(({ lines }) => lines))
  for (const { document, lines, path } of changes) {
    for (let length = 0; length <= path.length; length++) {
      const node: unknown = documents[document]?.getIn(path.slice(0, length), true)
      const [start, end] = (isNode(node) ? node.range : undefined) ?? []
      const isFlow = (node as { flow?: boolean } | undefined)?.flow === true
      if (start === undefined || end === undefined || (!isFlow && length < path.length)) continue
      const first = isFlow ? counter.linePos(start).line : (lines.at(-1) ?? 0)
      const last = counter.linePos(Math.max(start, end - 1)).line
      for (let line = first; line <= last; line++) touched.add(line)
    }
  }
  return text.split('\n').filter((_, index) => !touched.has(index + 1))
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0
  for (const line of whole) if (line === part[at]) at++
  return at === part.length
}

const breaks = (text: string): Set<string> => new Set(text.match(/\r?\n/gu))

describe.each(Object.entries(STYLES))('--fix of %s', (_, style) => {
  it.each(RULES.map((rule) => [rule.id, rule] as const))('corrects %s, and changes no other line', (id, rule) => {
    const text = style(manifestWith(rule.example.wrong))
    const once = fixed(text)
    expect(once.left).toBe(0)
    const missing = untouched(text, once.changes).filter((line) => !once.text.split('\n').includes(line))
    expect(missing).toEqual([])
    expect(isSubsequence(untouched(text, once.changes), once.text.split('\n'))).toBe(true)
    expect(breaks(once.text)).toEqual(breaks(text))
    const twice = fixed(once.text)
    expect([id, twice.changes, twice.text]).toEqual([id, [], once.text])
  })
})
