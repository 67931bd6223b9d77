import { visible } from '../../base/text.js'
import type { Examination } from '../examine.js'
import type { NotRead } from '../input/input.js'
import type { Place } from '../model/kube-object.js'
import { pathText } from '../model/values.js'
import { SEVERITIES, type Finding, type Severity } from '../rule.js'

/** Renders findings for a terminal: one paragraph each, and a line with their numbers. */
export function textOf({ findings, ignored }: Examination, notRead: readonly NotRead[] = []): string {
  return [...findings.map(paragraph), summary(findings, ignored, notRead.length)].map((text) => `${text}\n`).join('')
}

function paragraph(finding: Finding): string {
  const { place, severity, rule, object, path, message, instead } = finding
  const rendered = place.rendered === undefined ? '' : `line ${place.rendered.line} of ${place.rendered.file}`
  return [
    `${placeText(place)}: ${severity}: ${message} [${rule.id}]`,
    `    ${[object, pathText(path), rendered].filter((part) => part !== '').join(', ')}`,
    `    write: ${instead}`,
    `    why: zero-drop doctor --explain ${rule.id}`,
  ]
    .map(visible)
    .join('\n')
}

/** @example placeText({ file: 'k8s/shop.yaml', line: 12, column: 3 }) // 'k8s/shop.yaml:12' */
export const placeText = ({ file, line }: Place): string => (line === 0 ? file : `${file}:${line}`)

/** @example summary(findings, 1, 1) // '2 errors, 1 warning; 1 ignored; 1 input not read' */
function summary(findings: readonly Finding[], ignored: number, notRead: number): string {
  const counts = SEVERITIES.flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length
    return number === 0 ? [] : [countText(number, severity)]
  })
  return [
    counts.length === 0 ? 'nothing that would drop requests was found' : counts.join(', '),
    ...(ignored === 0 ? [] : [`${ignored} ignored`]),
    ...(notRead === 0 ? [] : [`${notRead} ${notRead === 1 ? 'input' : 'inputs'} not read`]),
  ].join('; ')
}

const countText = (number: number, severity: Severity): string =>
  severity === 'info' ? `${number} info` : `${number} ${severity}${number === 1 ? '' : 's'}`
