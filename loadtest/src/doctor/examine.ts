import type { KubeObject } from './model/kube-object.js'
import { World } from './model/world.js'
import { SEVERITIES, type Finding, type Problem, type Rule, type Severity } from './rule.js'
import { RULES } from './rules/index.js'
import { badSuppressions, ignoreWithoutReason, isSuppressed } from './suppression.js'

/** What is known about the cluster, when the objects come from one. */
export interface ClusterFacts {
  readonly live?: boolean
  readonly nodes?: number | undefined
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
  const kept = found.filter(({ rule, problem }) => !isSuppressed(rule.id, problem.object, problem.path))
  const known = ALL_RULES.map(({ id }) => id)
  const bad = badSuppressions(objects, known).map((problem) => ({ rule: ignoreWithoutReason, problem }))
  return {
    findings: sorted([...kept, ...bad].map(({ rule, problem }) => toFinding(rule, problem))),
    ignored: found.length - kept.length,
  }
}

/** Joins examinations. A finding that several of them have counts once. */
export function join(examinations: readonly Examination[]): Examination {
  const findings = new Map<string, Finding>()
  for (const finding of examinations.flatMap((each) => each.findings)) {
    const { rule, object, message, place } = finding
    const key = JSON.stringify([rule.id, object, message, place.file, place.line])
    if (!findings.has(key)) findings.set(key, finding)
  }
  return {
    findings: sorted([...findings.values()]),
    ignored: examinations.reduce((sum, each) => sum + each.ignored, 0),
  }
}

/** Returns whether a severity is at least as bad as another one. */
export const atLeast = (severity: Severity, limit: Severity): boolean =>
  SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(limit)

const toFinding = (rule: Rule, { object, path, message, instead, severity, edits = [] }: Problem): Finding => ({
  rule,
  severity: severity ?? rule.severity,
  object: object.title,
  kubeObject: object,
  path,
  place: object.place(path),
  message,
  instead,
  edits,
})

const sorted = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted(
    ({ place: a }, { place: b }) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  )
