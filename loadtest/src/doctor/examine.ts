import type { Group } from './group.js'
import type { KubeObject, Place } from './model/kube-object.js'
import { World } from './model/world.js'
import { SEVERITIES, type Finding, type Problem, type Rule, type Severity } from './rule.js'
import { isPlaceholder, pathText, type Path } from './model/values.js'
import { RULES } from './rules/index.js'
import { badSuppressions, ignoreWithoutReason, isSuppressed } from './suppression.js'

/** What is known about the cluster, when the objects come from one. */
export interface ClusterFacts {
  readonly live?: boolean
  readonly nodes?: number | undefined
  /** The resources that could not be read, as in `poddisruptionbudgets`. */
  readonly unread?: readonly string[]
}

export interface Examination {
  /** By file and line. */
  readonly findings: readonly Finding[]
  /** The number of findings that a comment or an annotation accepts. */
  readonly ignored: number
}

/** Every rule with a page, in the order of the documentation. */
export const ALL_RULES: readonly Rule[] = [...RULES, ignoreWithoutReason]

/**
 * Checks objects that belong together against every rule.
 *
 * @example examine(objects).findings[0]?.rule.id // 'no-readiness-probe'
 */
export function examine(
  objects: readonly KubeObject[],
  facts: ClusterFacts = {},
  rules: readonly Rule[] = RULES,
): Examination {
  const world = new World(objects, facts)
  const found = rules.flatMap((rule) => [...rule.check(world)].map((problem) => ({ rule, problem })))
  const decided = found.filter(
    ({ problem: { object, path, literal } }) => literal === true || !isPlaceholder(object.get(...path)),
  )
  const kept = decided.filter(({ rule, problem }) => !isSuppressed(rule.id, problem.object, problem.path))
  const known = ALL_RULES.map(({ id }) => id)
  const bad = badSuppressions(objects, known).map((problem) => ({ rule: ignoreWithoutReason, problem }))
  return {
    findings: sorted([...kept, ...bad].map(({ rule, problem }) => toFinding(rule, problem))),
    ignored: decided.length - kept.length,
  }
}

/**
 * Examines groups of objects. A finding that several groups have counts once. A finding of an object that several groups share counts
 * only if each of them has it.
 */
export function examineAll(groups: readonly Group[], facts: ClusterFacts = {}): Examination {
  const examined = groups.map(({ objects }) => examine(objects, facts))
  const findings = new Map<string, { finding: Finding; groups: number }>()
  for (const finding of examined.flatMap((each) => each.findings)) {
    const { rule, kubeObject, path, place } = finding
    const key = JSON.stringify([rule.id, kubeObject.kind, kubeObject.name, pathText(path), place.file, place.line])
    const before = findings.get(key)
    findings.set(key, { finding: before?.finding ?? finding, groups: (before?.groups ?? 0) + 1 })
  }
  const kept = [...findings.values()].filter(({ finding: { kubeObject }, groups: number }) => {
    const sharing = groups.filter(({ shared }) => shared.has(kubeObject)).length
    return number >= sharing
  })
  return {
    findings: sorted(kept.map(({ finding }) => finding)),
    ignored: examined.reduce((sum, each) => sum + each.ignored, 0),
  }
}

/** Returns whether a severity is at least as bad as another one. */
export const atLeast = (severity: Severity, limit: Severity): boolean =>
  SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(limit)

const toFinding = (rule: Rule, { object, path, line, message, instead, severity, edits = [] }: Problem): Finding => ({
  rule,
  severity: severity ?? rule.severity,
  object: object.title,
  kubeObject: object,
  path,
  place: placeOf(object, path, line),
  message,
  instead,
  edits,
})

/** A line counts where the input itself is the place, and not the template of a chart or a file of a kustomization. */
function placeOf(object: KubeObject, path: Path, line: number | undefined): Place {
  const place = object.place(path)
  return line === undefined || place.file !== object.source.input ? place : { ...place, line, column: 1 }
}

const sorted = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted(
    ({ place: a }, { place: b }) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  )
