import type { KubeObject, Place } from './model/kube-object.js'
import type { Path } from './model/values.js'
import type { World } from './model/world.js'

/** `error`: a rollout drops requests. `warning`: it drops some under conditions. `info`: the manifests leave it open. */
export type Severity = 'error' | 'warning' | 'info'

/** The severities, from the worst. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** A change of one field. Without a value, the field is removed. */
export interface Edit {
  readonly object: KubeObject
  readonly path: Path
  readonly value?: unknown
}

/** One place where a rule is broken. */
export interface Problem {
  readonly object: KubeObject
  readonly path: Path
  /** The line in the input, for a problem of a comment. Default: that of the path. */
  readonly line?: number
  /** A part of the value that no later tool fills in is wrong, as the tag in `${REGISTRY}/shop:latest`. */
  readonly literal?: boolean
  /** What is wrong, with the values of the manifest. */
  readonly message: string
  /** What to write instead. */
  readonly instead: string
  /** Default: that of the rule. */
  readonly severity?: Severity
  /** The changes that `--fix` makes. */
  readonly edits?: readonly Edit[]
}

/** One rule: a pure function over the objects, and its page. */
export interface Rule {
  readonly id: string
  readonly severity: Severity
  readonly title: string
  /** How the mistake drops requests. */
  readonly why: string
  /** The check of kube-linter, kube-score or Polaris that reports the same mistake. */
  readonly sameAs: readonly string[]
  /** The page of its source. */
  readonly sources?: readonly string[]
  /** The mistake and its correction, as the parts of a manifest that matter. */
  readonly example: { readonly wrong: string; readonly right: string }
  check(world: World): Iterable<Problem>
}

/** One problem with its place, as reports show it. */
export interface Finding {
  readonly rule: Rule
  readonly severity: Severity
  /** As in `Deployment cloud/shop`. */
  readonly object: string
  readonly kubeObject: KubeObject
  readonly path: Path
  readonly place: Place
  readonly message: string
  readonly instead: string
  readonly edits: readonly Edit[]
}
