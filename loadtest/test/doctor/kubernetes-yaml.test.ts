import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readInputs } from '../../src/doctor/input/read-inputs.ts'
import { correct, textOf } from '../../src/doctor/fix/fix.ts'
import { parseObjects } from '../../src/doctor/model/parse.ts'
import { folder, write } from './fixtures/folder.ts'
import { findingsOf, idsOf, placesOf, RIGHT } from './fixtures/manifest.ts'

const lineWith = (text: string, part: string, from = 0): number =>
  text.split('\n').findIndex((line, index) => index >= from && line.includes(part)) + 1

/** The right service, whose liveness probe is taken from an anchor in an annotation. */
const shared = (probe: string, given: string): string =>
  RIGHT.replace('metadata:\n  name: shop\n', `metadata:\n  name: shop\n  x-probe: &probe\n${probe}\n`).replace(
    /livenessProbe:\n(?: {12,}.*\n)+/u,
    `livenessProbe: ${given}\n`,
  )
const EAGER = '    httpGet: { path: /live, port: http }\n    failureThreshold: 1'

describe('the doctor reads YAML as kubectl does', () => {
  it.each(['yes', 'on', 'y', 'True'])('takes %s for true', (value) => {
    expect(
      idsOf(RIGHT.replace('  selector:\n    app', `  publishNotReadyAddresses: ${value}\n  selector:\n    app`)),
    ).toEqual(['publish-not-ready'])
  })

  it('reads octal numbers, and keeps what only looks like a time or a date', () => {
    expect(
      findingsOf(RIGHT.replace('terminationGracePeriodSeconds: 60', 'terminationGracePeriodSeconds: 074')),
    ).toEqual([])
    const [finding] = findingsOf(RIGHT.replace('targetPort: http', 'targetPort: 1:20'))
    expect(finding?.message).toContain('"1:20"')
    expect(idsOf(RIGHT.replaceAll('app: shop', 'app: 2026-01-01'))).toEqual([])
  })

  it('reads the fields that a merge key brings, on the line where they are', () => {
    const text = shared(EAGER, '{ <<: *probe }')
    expect(placesOf(text)).toEqual([`${lineWith(text, 'failureThreshold: 1')} warning eager-liveness`])
    expect(placesOf(shared(EAGER, '{ <<: *probe, failureThreshold: 3 }'))).toEqual([])
    const two = shared(EAGER, '{ <<: [{ periodSeconds: 10 }, *probe] }')
    expect(placesOf(two)).toEqual([`${lineWith(two, 'failureThreshold: 1')} warning eager-liveness`])
  })

  it('shows the line of the anchor for a field of an alias', () => {
    const text = shared(EAGER, '*probe')
    expect(placesOf(text)).toEqual([`${lineWith(text, 'failureThreshold: 1')} warning eager-liveness`])
  })

  it('shows the last of several equal keys, which is the one that counts', () => {
    const text = RIGHT.replace('      containers:\n', '      terminationGracePeriodSeconds: 0\n      containers:\n')
    expect(placesOf(text)).toEqual([`${lineWith(text, 'Seconds: 0')} error no-grace-period`])
  })
})

/** The data of each ConfigMap of a text, or the reason why it cannot be read. */
const dataOf = (text: string): unknown => {
  const parsed = parseObjects(text, 'a')
  return 'error' in parsed ? parsed.error : parsed.objects.map((object) => object.get('data'))
}
const HEAD = 'apiVersion: v1\nkind: ConfigMap\n'
const JSON_HEAD = '"apiVersion": "v1", "kind": "ConfigMap"'

// Each value is that of the decoder of kubectl: k8s.io/apimachinery/pkg/util/yaml.
describe('the doctor reads what kubectl reads, though it is not YAML 1.2', () => {
  it.each([
    ['a line of a quoted scalar before its key', "data:\n    a: 'one\n  two\n\nthree'\n", [{ a: 'one two\nthree' }]],
    [
      'the same in double quotes, with a bracket',
      'data:\n    a: "one \\\n  two\\n\nthree \\" [ "\n',
      [{ a: 'one two\n three " [ ' }],
    ],
    ['a list in brackets before its key', 'data:\n    a: [\n  x, # it is ]\n  "]" ]\n', [{ a: ['x', ']'] }]],
    [
      'a closing bracket below its key',
      "data:\n  a:\n    b: [\n    'x'\n    ]\n  c: d\n",
      [{ a: { b: ['x'] }, c: 'd' }],
    ],
    ['a map in braces with tabs', 'data: {\n\ta: b,\n\tc: d\n}\n', [{ a: 'b', c: 'd' }]],
    [
      'such a list behind a block scalar with quotes',
      'data:\n  a: |\n    it is "\n\n    [\n  b: [\n\n"c"]\n',
      [{ a: 'it is "\n\n[\n', b: ['c'] }],
    ],
    ['a carriage return as a line break', 'data:\r  a: b\r  c: d\r', [{ a: 'b', c: 'd' }]],
    ['a byte order mark before a document', `data: {}\n---\n\uFEFF${HEAD}data: {a: b}\n`, [{}, { a: 'b' }]],
    [
      'text like a number',
      'data:\n  a: .\n  b: e2\n  c: 1e2\n  d: .5\n  e: 5\n',
      [{ a: '.', b: 'e2', c: 100, d: 0.5, e: 5 }],
    ],
  ])('%s', (_, text, data) => {
    expect(dataOf(`${HEAD}${text}`)).toEqual(data)
  })

  it('a stream of JSON objects', () => {
    expect(dataOf(`{${JSON_HEAD},\n\t"data": {"a": "}"}}\n{${JSON_HEAD}}\n`)).toEqual([{ a: '}' }, undefined])
  })

  it('a text in UTF-16', () => {
    const text = Buffer.from(`\uFEFF${RIGHT.replace('revisionHistoryLimit: 10', 'revisionHistoryLimit: 0')}`, 'utf16le')
    for (const bytes of [text, Buffer.from(text).swap16()]) {
      writeFileSync(join(folder, 'shop.yaml'), bytes)
      expect(readInputs([folder], folder).inputs[0]?.objects).toHaveLength(3)
    }
  })

  it.each([
    ['a quoted scalar without an end', "data:\n    a: 'one\n  two\nb: c\n"],
    ['a quoted scalar around the end of a document', "data:\n    a: 'one\n---\ntwo'\n"],
    ['a list without an end', 'data:\n  a: [\nb\n'],
    ['a tab as indentation', 'data:\n\ta: b\n'],
  ])('but not %s', (_, text) => {
    expect(dataOf(`${HEAD}${text}`)).toEqual(expect.any(String))
  })

  it('shows its lines, and leaves the text as it is', () => {
    const odd = RIGHT.replace(
      'metadata:\n  name: shop\n',
      "metadata:\n  name: shop\n  annotations:\n      a: 'b\n  c'\n",
    )
    const text = odd.replace('maxUnavailable: 0', 'maxUnavailable: 100%')
    expect(placesOf(text)).toEqual([`${lineWith(text, '100%')} error max-unavailable`])
    write('shop.yaml', text)
    const { inputs } = readInputs([join(folder, 'shop.yaml')], folder)
    const { texts, done } = correct(findingsOf(text))
    expect(done).toBe(0)
    expect(textOf({ documents: inputs[0]?.documents ?? [] }, texts)).toBe(text)
  })
})
