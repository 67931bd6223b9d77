import type { Changes } from './manifest.ts'

/** One rule whose mistake drops requests. */
export interface Case {
  readonly rule: string
  /** What the manifest says, for the table. */
  readonly mistake: string
  readonly correction: string
  /** The scenario of `zero-drop prove`, with its flags. */
  readonly scenario: readonly [name: string, ...flags: string[]]
  /** What both manifests have. */
  readonly both?: Changes
  readonly wrong: Changes
  readonly right?: Changes
}

/** A case of the local target. */
export interface LocalCase extends Case {
  /** How the service behaves in both runs: variables of preload.mjs. */
  readonly behaviour?: Readonly<Record<string, string>>
  /** The propagation delay of the load balancers. Default: within a second. */
  readonly propagation?: string
}

/** A case of a cluster. */
export interface ClusterCase extends Case {
  /** Whether every request needs a new connection: no other one is lost. */
  readonly newConnections?: boolean
}

export type Target = 'local' | 'kubernetes'
export type Which = 'wrong' | 'right'

/** What one run found. */
export interface Outcome {
  readonly requests: number
  readonly lost: number
}

export interface Row {
  readonly case: Case
  readonly wrong: Outcome
  readonly right: Outcome
}
