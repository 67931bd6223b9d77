import { pathText } from '../model/values.js'
import type { Examination } from '../examine.js'
import type { NotRead } from '../input/input.js'

/** Renders findings as JSON, with what could not be read. */
export function jsonOf({ findings, ignored }: Examination, notRead: readonly NotRead[]): string {
  const body = {
    schemaVersion: 1,
    findings: findings.map(({ rule, severity, object, path, place, message, instead }) => ({
      rule: rule.id,
      severity,
      object,
      field: pathText(path),
      file: place.file,
      line: place.line,
      column: place.column,
      rendered: place.rendered ?? null,
      message,
      instead,
      sameAs: rule.sameAs,
      help: `zero-drop doctor --explain ${rule.id}`,
    })),
    ignored,
    notRead,
  }
  return `${JSON.stringify(body, null, 2)}\n`
}
