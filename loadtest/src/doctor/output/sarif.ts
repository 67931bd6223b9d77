import { pathToFileURL } from 'node:url'
import { ALL_RULES, type Examination } from '../examine.js'
import { sentenceOf, type NotRead } from '../input/input.js'
import type { Finding, Rule, Severity } from '../rule.js'
import { helpOf } from './section.js'

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

/** Renders findings, and what could not be read, as SARIF 2.1.0, for code scanning and editors. */
export function sarifOf({ findings }: Examination, notRead: readonly NotRead[], version: string): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'zero-drop doctor', semanticVersion: version, rules: ALL_RULES.map(ruleOf) } },
        invocations: [
          { executionSuccessful: notRead.length === 0, toolExecutionNotifications: notRead.map(notificationOf) },
        ],
        columnKind: 'utf16CodeUnits',
        results: findings.map(resultOf),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function ruleOf(rule: Rule): object {
  const { id, title, why, severity, sameAs, sources = [] } = rule
  const help = helpOf(rule)
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    defaultConfiguration: { level: LEVELS[severity] },
    ...(sources[0] === undefined ? {} : { helpUri: sources[0] }),
    // The page itself, because code scanning shows it beside the finding. Markdown without rendering is still plain text.
    help: { text: help, markdown: help },
    properties: { sameAs },
  }
}

const notificationOf = (each: NotRead): object => ({
  level: 'error',
  message: { text: sentenceOf(each) },
  locations: [{ physicalLocation: physicalLocation(each.file, each.line, 1) }],
})

// Code scanning shows no finding without a line.
const physicalLocation = (file: string, line: number, column: number): object => ({
  artifactLocation: { uri: uriOf(file) },
  region: { startLine: Math.max(line, 1), startColumn: Math.max(column, 1) },
})

function resultOf({ rule, severity, object, place, message, instead }: Finding): object {
  return {
    ruleId: rule.id,
    ruleIndex: ALL_RULES.indexOf(rule),
    level: LEVELS[severity],
    message: { text: `${object}: ${message}. Write: ${instead}` },
    locations: [
      {
        physicalLocation: physicalLocation(place.file, place.line, place.column),
        logicalLocations: [{ fullyQualifiedName: object, kind: 'resource' }],
      },
    ],
    // Code scanning follows a finding through changes of its line.
    partialFingerprints: { 'zeroDropFinding/v1': `${rule.id}:${object}` },
  }
}

/** A relative path stays relative: it belongs to the repository. */
const uriOf = (file: string): string =>
  file.startsWith('/') ? pathToFileURL(file).href : file.split('/').map(encodeURIComponent).join('/')
