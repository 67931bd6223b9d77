import { describe, expect, it } from 'vitest'
import { examine } from '../../src/doctor/examine.ts'
import { fixedText } from '../../src/doctor/fix.ts'
import { parseObjects } from '../../src/doctor/model/parse.ts'
import { RULES } from '../../src/doctor/rules/index.ts'
import { findingsOf, manifestWith, RIGHT } from './fixtures/manifest.ts'

function fix(text: string): string {
  const parsed = parseObjects(text, 'shop.yaml')
  if ('error' in parsed) throw new Error(parsed.error)
  return fixedText(parsed.documents, examine(parsed.objects).findings)
}

/** The findings that --fix can correct. */
const correctable = (text: string): string[] =>
  findingsOf(text).flatMap(({ rule, edits, message }) => (edits.length === 0 ? [] : [`${rule.id}: ${message}`]))

const otherLines = (text: string): string[] => text.split('\n').filter((line) => !line.includes('maxUnavailable:'))

describe('--fix', () => {
  it.each(RULES.map((rule) => [rule.id, rule] as const))(
    '%s: its correction leaves nothing to correct, and twice is as once',
    (_, rule) => {
      const text = manifestWith(rule.example.wrong)
      const fixed = fix(text)
      expect(correctable(fixed)).toEqual([])
      expect(fix(fixed)).toBe(fixed)
      // A correction breaks no other rule.
      const before = new Set(findingsOf(text).map((finding) => finding.rule.id))
      expect(findingsOf(fixed).filter((finding) => !before.has(finding.rule.id))).toEqual([])
    },
  )

  it('does not change a manifest without findings', () => {
    expect(fix(RIGHT)).toBe(RIGHT)
  })

  it('keeps comments, the order of the fields, and the bytes of every other document', () => {
    const wrong = RIGHT.replace('      maxUnavailable: 0\n', '      maxUnavailable: 100%   # all of them\n').replace(
      'port: 80\n',
      'port:    80\n',
    )
    const fixed = fix(wrong)
    expect(fixed).toContain('maxUnavailable: 0 # all of them\n')
    expect(fixed).toContain('          # A comment that --fix must keep.\n')
    expect(fixed.split('---\n').slice(1)).toEqual(wrong.split('---\n').slice(1))
    expect(otherLines(fixed)).toEqual(otherLines(wrong))
  })

  it('keeps octal numbers', () => {
    const mode = '            defaultMode: 0400\n'
    const volumes = `      volumes:\n        - name: key\n          secret:\n            secretName: key\n${mode}`
    const text = RIGHT.replace('      containers:\n', `${volumes}      containers:\n`)
    expect(fix(text.replace('replicas: 3', 'replicas: 1'))).toContain(mode)
  })

  it('keeps lists that are not indented, quotes, and a header comment', () => {
    const wrong = `# shop
---
# the deployment
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  revisionHistoryLimit: 0
  template:
    metadata:
      labels: {app: 'shop'}
    spec:
      containers:
      - name: "shop"
        image: 'registry.example/shop:v1'   # pinned
`
    expect(fix(wrong)).toBe(
      wrong
        .replace('revisionHistoryLimit: 0', 'revisionHistoryLimit: 10')
        .replace("labels: {app: 'shop'}", "labels: { app: 'shop' }")
        .replace("v1'   #", "v1' #"),
    )
  })

  it('corrects objects of a List', () => {
    const wrong =
      'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: apps/v1\n    kind: Deployment\n    metadata:\n      name: shop\n    spec:\n      revisionHistoryLimit: 0\n'
    expect(fix(wrong)).toBe(wrong.replace('Limit: 0', 'Limit: 10'))
  })
})
