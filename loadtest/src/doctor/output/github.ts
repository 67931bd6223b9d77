import type { Examination } from '../examine.js'
import { sentenceOf, type NotRead } from '../input/input.js'
import type { Place } from '../model/kube-object.js'
import type { Severity } from '../rule.js'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }

/**
 * Renders findings, and what could not be read, as annotations of GitHub Actions.
 *
 * Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export function githubOf({ findings }: Examination, notRead: readonly NotRead[]): string {
  return [
    ...findings.map(({ rule, severity, object, place, message, instead }) =>
      annotation(COMMANDS[severity], place, rule.id, `${object}: ${message}. Write: ${instead}`),
    ),
    ...notRead.map((each) => annotation('error', { ...each, column: 1 }, 'not read', sentenceOf(each))),
  ].join('')
}

function annotation(command: string, { file, line, column }: Place, title: string, text: string): string {
  const at = line === 0 ? '' : `,line=${line},col=${column}`
  return `::${command} file=${property(file)}${at},title=${property(title)}::${data(text)}\n`
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
