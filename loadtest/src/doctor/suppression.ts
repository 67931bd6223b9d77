import type { LineCounter } from 'yaml'
import { nearest } from '../base/nearest.js'
import type { KubeObject } from './model/kube-object.js'
import type { Path } from './model/values.js'
import type { Problem, Rule } from './rule.js'

const COMMENT = /#\s*zero-drop-ignore\b[ \t]*(?<rest>.*)$/u
const ANNOTATION = 'ignore.zero-drop/'

/** A comment or an annotation that accepts findings of some rules. */
interface Suppression {
  readonly rules: readonly string[]
  readonly reason: string
}

/**
 * Reports a suppression without a reason, or of a rule that does not exist. Such a suppression has no effect.
 *
 * It is not in the list of the rules, because it reads comments and not the objects.
 */
export const ignoreWithoutReason: Rule = {
  id: 'ignore-without-reason',
  severity: 'warning',
  title: 'A finding is ignored without a reason',
  why: 'Nobody can tell later whether the reason still holds. The comment has no effect until it has one.',
  sameAs: [],
  example: {
    wrong: `kind: Deployment
spec:
  # zero-drop-ignore single-replica
  replicas: 1`,
    right: `kind: Deployment
spec:
  # zero-drop-ignore single-replica: the program holds a lock, and a second one would wait for it
  replicas: 1`,
  },
  check: () => [],
}

/** Returns whether a comment or an annotation accepts the finding, with a reason. */
export function isSuppressed(rule: string, object: KubeObject, path: Path): boolean {
  if ((object.annotations[`${ANNOTATION}${rule}`] ?? '').trim() !== '') return true
  const lines = linesOf(object)
  return object
    .linesOf(path)
    .some((line) => commentsAt(lines, line).some(({ rules, reason }) => reason !== '' && rules.includes(rule)))
}

/** Returns a problem for each suppression that has no effect. `known` are the names of all rules. */
export function badSuppressions(objects: readonly KubeObject[], known: readonly string[]): Problem[] {
  return objects.flatMap((object) => {
    const lines = linesOf(object)
    const [first = 1] = object.linesOf([])
    const start = Math.max(0, first - 1 - commentLines(lines, first))
    const problems = lines.slice(start, object.lastLine).flatMap((text, index): Problem[] => {
      const found = read(text)
      if (found === undefined) return []
      const place = { object, path: [], line: start + index + 1 }
      const unknown = found.rules.find((rule) => !known.includes(rule))
      if (unknown !== undefined) {
        const message = `zero-drop-ignore names ${noRule(JSON.stringify(unknown), unknown, known)}`
        return [{ ...place, message, instead: 'the name of a rule and a reason: # zero-drop-ignore RULE: reason' }]
      }
      if (found.reason !== '') return []
      const message = `zero-drop-ignore ${found.rules.join(', ')} gives no reason and has no effect`
      return [{ ...place, message, instead: '# zero-drop-ignore RULE: reason' }]
    })
    const empty = Object.entries(object.annotations).flatMap(([key, value]): Problem[] => {
      if (!key.startsWith(ANNOTATION)) return []
      const name = key.slice(ANNOTATION.length)
      const unknown = !known.includes(name)
      if (!unknown && value.trim() !== '') return []
      const message = unknown
        ? `the annotation names ${noRule(key, name, known)}`
        : `the annotation ${key} gives no reason and has no effect`
      return [
        {
          object,
          path: ['metadata', 'annotations', key],
          message,
          instead: 'the name of a rule, and a reason as its value',
        },
      ]
    })
    return [...problems, ...empty]
  })
}

function noRule(shown: string, name: string, known: readonly string[]): string {
  const guess = nearest(name, known)
  return `${shown}, which is no rule${guess === undefined ? '' : ` (did you mean ${guess}?)`}`
}

/** The lines of each text. Every finding asks for them, and a text can have megabytes. */
const LINES = new WeakMap<LineCounter, readonly string[]>()

function linesOf({ source }: KubeObject): readonly string[] {
  const lines = LINES.get(source.lines) ?? source.text.split('\n')
  LINES.set(source.lines, lines)
  return lines
}

/** The comments on a line, and on the comment lines above it. */
function commentsAt(lines: readonly string[], line: number): Suppression[] {
  const above = commentLines(lines, line)
  return lines.slice(line - 1 - above, line).flatMap((each) => read(each) ?? [])
}

/** The number of comment lines directly above a line. */
function commentLines(lines: readonly string[], line: number): number {
  let above = 0
  while (/^\s*#/u.test(lines[line - 2 - above] ?? '')) above++
  return above
}

function read(line: string): Suppression | undefined {
  const rest = COMMENT.exec(line)?.groups?.['rest']
  if (rest === undefined) return undefined
  const [names = '', ...reason] = rest.split(':')
  const rules = names.split(/[\s,]+/u).filter((name) => name !== '')
  return { rules, reason: reason.join(':').trim() }
}
