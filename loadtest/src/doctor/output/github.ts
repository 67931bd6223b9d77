import type { Examination } from '../examine.js'
import type { Severity } from '../rule.js'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }

/**
 * Renders findings as annotations of GitHub Actions.
 *
 * Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export function githubOf({ findings }: Examination): string {
  return findings
    .map(({ rule, severity, object, place, message, instead }) => {
      const at = place.line === 0 ? '' : `,line=${place.line},col=${place.column}`
      const text = data(`${object}: ${message}. Write: ${instead}`)
      return `::${COMMANDS[severity]} file=${property(place.file)}${at},title=${property(rule.id)}::${text}\n`
    })
    .join('')
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
