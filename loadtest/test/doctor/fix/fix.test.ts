import { describe, expect, it } from 'vitest'
import { fix, textOf } from '../../../src/doctor/fix/fix.ts'
import { patched } from '../../../src/doctor/fix/patch.ts'
import { parseObjects } from '../../../src/doctor/model/parse.ts'
import { RULES } from '../../../src/doctor/rules/index.ts'
import { findingsOf, idsOf, manifestWith, RIGHT } from '../fixtures/manifest.ts'

function fixed(text: string): string {
  const parsed = parseObjects(text, 'shop.yaml')
  if ('error' in parsed) throw new Error(parsed.error)
  const { inputs } = fix([{ name: 'shop.yaml', rendered: false, ...parsed }], {})
  return inputs.map((input) => textOf(input)).join('')
}

/** The findings that --fix can correct. */
const correctable = (text: string): string[] =>
  findingsOf(text).flatMap(({ rule, edits, message }) => (edits.length === 0 ? [] : [`${rule.id}: ${message}`]))

const ODD = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, labels: {app: shop}}
spec:
  replicas: &n 1\t
  revisionHistoryLimit: 0   # keep none
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels:   {app: shop}}
    spec:
      topologySpreadConstraints: [{topologyKey: kubernetes.io/hostname, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway,
        labelSelector: {matchLabels: {app: shop}}}]
      containers:
        - {name: 'proxy', image: "registry.example/proxy:v1"}
        - name: shop   
          image: >-
            registry.example/shop:v1
          lifecycle:
            # one of two
            stopSignal: SIGKILL
          readinessProbe:
            httpGet: { path: /x, port: 1 }
            periodSeconds: 60

            failureThreshold: 3
            # failureThreshold: 9
    # a dangling one

# the end
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{port: 80, targetPort: 1}], publishNotReadyAddresses: true}
`

/** A container with a preStop hook. */
const container = (seconds: number): string =>
  `        - name: c${seconds}\n          lifecycle:\n            preStop:\n              sleep:\n                seconds: ${seconds}\n`

const otherLines = (text: string): string[] => text.split('\n').filter((line) => !line.includes('maxUnavailable:'))

describe('--fix', () => {
  it.each(RULES.map((rule) => [rule.id, rule] as const))(
    '%s: its correction leaves nothing to correct, and twice is as once',
    (_, rule) => {
      const text = manifestWith(rule.example.wrong)
      const once = fixed(text)
      expect(correctable(once)).toEqual([])
      expect(fixed(once)).toBe(once)
      // A correction breaks no other rule.
      const before = new Set(findingsOf(text).map((finding) => finding.rule.id))
      expect(findingsOf(once).filter((finding) => !before.has(finding.rule.id))).toEqual([])
    },
  )

  it('does not change a manifest without findings', () => {
    expect(fixed(RIGHT)).toBe(RIGHT)
  })

  it('keeps comments, the order of the fields, and the bytes of every other document', () => {
    const wrong = RIGHT.replace('      maxUnavailable: 0\n', '      maxUnavailable: 100%   # all of them\n').replace(
      'port: 80\n',
      'port:    80\n',
    )
    const result = fixed(wrong)
    expect(result).toContain('maxUnavailable: 0   # all of them\n')
    expect(result).toContain('          # A comment that --fix must keep.\n')
    expect(result.split('---\n').slice(1)).toEqual(wrong.split('---\n').slice(1))
    expect(otherLines(result)).toEqual(otherLines(wrong))
  })

  it('keeps octal numbers', () => {
    const mode = '            defaultMode: 0400\n'
    const volumes = `      volumes:\n        - name: key\n          secret:\n            secretName: key\n${mode}`
    const text = RIGHT.replace('      containers:\n', `${volumes}      containers:\n`)
    expect(fixed(text.replace('replicas: 3', 'replicas: 1'))).toBe(text)
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
    expect(fixed(wrong)).toBe(wrong.replace('revisionHistoryLimit: 0', 'revisionHistoryLimit: 10'))
  })

  it('changes the lines of the findings alone', () => {
    expect(fixed(ODD)).toBe(
      ODD.replace('&n 1', '&n 3')
        .replace('0   # keep', '10   # keep')
        .replace('          lifecycle:\n            # one of two\n            stopSignal: SIGKILL\n', '')
        .replace('periodSeconds: 60', 'periodSeconds: 5')
        .replace('failureThreshold: 3\n', 'failureThreshold: 2\n')
        // A comment stays with what is above it.
        .replace('    # a dangling one\n', '    # a dangling one\n  minReadySeconds: 10\n')
        .replace(', publishNotReadyAddresses: true', ''),
    )
  })

  it('opens a field that holds null, and keeps the comment behind it', () => {
    const strategy = /strategy:[^]*?(?= {2}template:)/u
    for (const empty of ['strategy: # later', 'strategy: null # later', 'strategy:   ~ # later']) {
      const wrong = RIGHT.replace(strategy, `${empty}\n`).replace('replicas: 3', 'replicas: 1')
      expect(fixed(wrong)).toContain('  replicas: 3\n')
      expect(fixed(wrong)).toContain(`  ${empty}\n`)
    }
    const text = 'spec:\n  strategy: ~  # later\n  other: 1\n'
    expect(patched(text, ['spec', 'strategy', 'rollingUpdate', 'maxSurge'], 1)).toBe(
      'spec:\n  strategy:  # later\n    rollingUpdate:\n      maxSurge: 1\n  other: 1\n',
    )
    expect(patched('{spec: {strategy: }}', ['spec', 'strategy', 'type'], 'Recreate')).toBe(
      '{spec: {strategy: {type: Recreate} }}',
    )
  })

  it.each([
    ['an alias in the way', 'a: &x {b: 1}\nc: *x\n', ['c', 'b'], 2],
    ['an anchor whose alias would change', 'a: &x {b: 1}\nc: *x\n', ['a', 'b'], 2],
    ['a field of a merged map', 'a: &x {b: {c: 1, d: 1}}\ne:\n  <<: *x\n', ['e', 'b', 'c'], 2],
    ['text where a map must be', 'a: text\n', ['a', 'b'], 2],
    ['the only field of an item', 'a:\n  - b: 1\n', ['a', 0, 'b'], undefined],
  ])('refuses %s', (_, text, path, value) => {
    expect(patched(text, path, value)).toBeUndefined()
  })

  it.each([
    ['an empty map', 'a: {}\n', ['a', 'b'], 2, 'a: { b: 2 }\n'],
    ['a map with a comma at its end', '{a: 1, }\n', ['b'], 2, '{a: 1, b: 2, }\n'],
    ['a map on several lines', '{\n  a: 1 # one\n}\n', ['b'], 2, '{\n  a: 1, # one\n  b: 2\n}\n'],
    ['a block scalar', 'a: |\n  text\nb: 1\n', ['a'], 'x', 'a: x\nb: 1\n'],
    [
      'a field after a block scalar',
      'a:\n  b: |\n    text\nd: 1\n',
      ['a', 'c'],
      'x',
      'a:\n  b: |\n    text\n  c: x\nd: 1\n',
    ],
    ['the first field of an item', '- a: 1\n  # two\n  b: 2\n', [0, 'a'], undefined, '- # two\n  b: 2\n'],
    ['the last field', 'a: 1\nb: 2', ['b'], undefined, 'a: 1'],
    ['a list by a list', 'a:\n- 1\n- 2\nb: 1\n', ['a'], ['x'], 'a:\n- x\nb: 1\n'],
    ['a map by a number', 'a:\n  b: 1\nc: 1\n', ['a'], 2, 'a: 2\nc: 1\n'],
    ['the last field of nested maps', 'a:\n  b:\n    c: 1\nd: 1\n', ['a', 'b', 'c'], undefined, 'd: 1\n'],
    ['the last of two equal keys', 'a: 1\na: 2\n', ['a'], 3, 'a: 1\na: 3\n'],
    ['over a merged map', 'a: &x {b: 1}\nc:\n  <<: *x\n', ['c', 'b'], 2, 'a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n'],
    ['text that kubectl reads as a boolean', 'a: x\n', ['a'], 'yes', 'a: "yes"\n'],
    ['quotes', "a: '1'\n", ['a'], '2', "a: '2'\n"],
    ['text that looks like a number', 'a: x\n', ['a'], '2', 'a: "2"\n'],
  ] as const)('writes %s', (_, text, path, value, result) => {
    expect(patched(text, path, value)).toBe(result)
  })

  it('corrects what a correction shows', () => {
    const wrong = RIGHT.replace('replicas: 3', 'replicas: 1').replace(
      / {6}topologySpreadConstraints:[^]*?(?= {6}containers)/u,
      '',
    )
    expect(idsOf(wrong)).toEqual(['single-replica'])
    expect(idsOf(fixed(wrong))).toEqual([])
  })

  it('gives the longest of several containers its time', () => {
    const text = RIGHT.replace('      containers:\n', `      containers:\n${container(200)}${container(100)}`)
    expect(fixed(text)).toContain('terminationGracePeriodSeconds: 220\n')
  })

  it('corrects objects of a List', () => {
    const wrong =
      'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: apps/v1\n    kind: Deployment\n    metadata:\n      name: shop\n    spec:\n      revisionHistoryLimit: 0\n'
    expect(fixed(wrong)).toBe(wrong.replace('Limit: 0', 'Limit: 10'))
  })
})
