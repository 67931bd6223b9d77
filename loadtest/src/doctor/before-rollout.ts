import { examine, examineAll } from './examine.js'
import { groupsOf } from './group.js'
import { readInputs } from './input/read-inputs.js'
import { readCluster, type ClusterQuery } from './live.js'
import { placeText } from './output/text.js'
import type { Finding, Severity } from './rule.js'

/** A finding as a report has it. */
export interface ManifestFinding {
  readonly rule: string
  readonly severity: Severity
  /** As in `Deployment cloud/shop`. */
  readonly object: string
  /** `k8s/shop.yaml:12`, or the object in the cluster. */
  readonly place: string
  readonly message: string
  readonly instead: string
}

/**
 * Checks the manifests of a rollout. Returns nothing if they cannot be read: the run itself reports that.
 *
 * @param path a file, a folder, or `-` for the standard input.
 * @param folder paths below it are shown relative to it.
 */
export function findingsInManifests(path: string, folder: string): readonly ManifestFinding[] {
  try {
    const { inputs } = readInputs([path], folder)
    return examineAll(groupsOf(inputs)).findings.map(toManifestFinding)
  } catch {
    return []
  }
}

/** A run must not wait long for what is only advice, in seconds. */
const PATIENCE = 5

/** Checks workloads of a cluster, with kubectl. Returns nothing without kubectl, or without the rights to read. */
export async function findingsInCluster(query: ClusterQuery): Promise<readonly ManifestFinding[]> {
  try {
    const { objects, facts } = await readCluster({ ...query, requestTimeoutSeconds: PATIENCE })
    return examine(objects, facts).findings.map(toManifestFinding)
  } catch {
    return []
  }
}

const toManifestFinding = ({ rule, severity, object, place, message, instead }: Finding): ManifestFinding => ({
  rule: rule.id,
  severity,
  object,
  place: placeText(place),
  message,
  instead,
})

/** Returns a short section about the errors and warnings; empty if there are none. */
export function sectionOfFindings(findings: readonly ManifestFinding[]): string {
  const told = findings.filter(({ severity }) => severity !== 'info')
  if (told.length === 0) return ''
  const lines = told.map(({ place, severity, message, rule }) => `  ${place}: ${severity}: ${message} [${rule}]\n`)
  return `zero-drop doctor found in the manifests:\n${lines.join('')}`
}
