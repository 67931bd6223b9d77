import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { mulberry32 } from '../../src/base/random.ts'
import { examineAll } from '../../src/doctor/examine.ts'
import { fix, textOf } from '../../src/doctor/fix/fix.ts'
import { groupsOf } from '../../src/doctor/group.ts'
import { jsonOf } from '../../src/doctor/output/json.ts'
import { sarifOf } from '../../src/doctor/output/sarif.ts'
import { parseObjects } from '../../src/doctor/model/parse.ts'
import { objectsOf, RIGHT } from './fixtures/manifest.ts'

const HEAD = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\n'

/** Checks and corrects a text. Returns why it cannot be read, or the messages of its findings. */
function check(text: string): string | readonly string[] {
  const parsed = parseObjects(text, 'shop.yaml')
  if ('error' in parsed) return parsed.error
  const inputs = [{ name: 'shop.yaml', ...parsed, rendered: false }]
  expect(textOf(parsed)).toBe(text)
  const examination = examineAll(groupsOf(inputs))
  jsonOf(examination, [])
  sarifOf(examination, [], '1.0.0')
  fix(inputs, {})
  for (const { place } of examination.findings) expect(place.line).toBeGreaterThan(0)
  return examination.findings.map(({ message, instead }) => `${message}; ${instead}`)
}

const SCALARS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  3,
  1e300,
  2 ** 53,
  0.5,
  '',
  'abc',
  '3',
  '25%',
  '-5%',
  '999999999%',
  '${X}',
  '__proto__',
]
const TREES: readonly unknown[] = [
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: null },
  { '': '' },
  { name: 3 },
  ['a'],
  { constructor: 1 },
]
const VALUES: readonly unknown[] = [...SCALARS, ...TREES, 'x'.repeat(5_000)]
const PIECES = [
  '\t',
  '\n',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '&a ',
  '*a',
  '!x ',
  '|',
  '#',
  '%',
  '\r',
  '\0',
  '---\n',
  '? ',
]

type Node = Record<string, unknown>
const pathsOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => [[...path, key], ...pathsOf(each, [...path, key])])
    : []

describe('a manifest with mistakes never breaks the doctor', () => {
  it.each([1, 2, 3])('in its values (seed %i)', (seed) => {
    const random = mulberry32(seed)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    for (let round = 0; round < 150; round++) {
      const bodies = structuredClone(objectsOf(RIGHT).map(({ body }) => body)) as Node[]
      for (let change = 0; change < 1 + (round % 3); change++) {
        const body = pick(bodies)
        const path = pick(pathsOf(body))
        const parent = path.slice(0, -1).reduce<Node>((node, key) => node[key] as Node, body)
        if (random() < 0.3) Reflect.deleteProperty(parent, path.at(-1) ?? '')
        else parent[path.at(-1) ?? ''] = structuredClone(pick(VALUES))
      }
      const text = bodies.map((body) => stringify(body, { aliasDuplicateObjects: false })).join('---\n')
      const messages = check(text)
      expect(messages).toEqual(expect.any(Array))
      for (const message of messages) expect(message).not.toMatch(/\bundefined\b|\[object/u)
    }
  })

  it.each([1, 2, 3])('in its text (seed %i)', (seed) => {
    const random = mulberry32(seed)
    for (let round = 0; round < 150; round++) {
      const at = Math.floor(random() * RIGHT.length)
      const piece = PIECES[Math.floor(random() * PIECES.length)] ?? ''
      const found = check(RIGHT.slice(0, at) + piece + RIGHT.slice(at + Math.floor(random() * 4)))
      expect([found].flat().join('')).not.toMatch(/\n/u)
    }
  })

  it('names nothing that is missing', () => {
    const scaler =
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: shop, namespace: shop }\n'
    expect(check(`${RIGHT}---\n${scaler}spec: { minReplicas: 2, scaleTargetRef: { name: store } }\n`)).toContainEqual(
      expect.stringMatching(/^there is no workload store /u),
    )
  })

  const deep = 'nested too deeply'
  it.each([
    ['an alias of itself', `${HEAD}spec: &a\n  template: *a\n`, deep],
    ['an alias of itself in a list', `${HEAD}spec: &a\n  template:\n    spec: { containers: [*a] }\n`, deep],
    ['many brackets', `${HEAD}spec: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`, deep],
    [
      'many levels',
      `${HEAD}spec:\n${Array.from({ length: 2_000 }, (_, level) => `${' '.repeat(level + 1)}a:\n`).join('')}`,
      deep,
    ],
    [
      'a bomb of aliases',
      `${HEAD}a0: &a0 [1]\n${Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]\n`).join('')}`,
      'alias',
    ],
  ])('%s is one sentence', (_, text, message) => {
    expect(check(text)).toMatch(message)
  })

  it('reads hundreds of aliases of one value, and a thousand documents', () => {
    const aliases = Array.from({ length: 500 }, (_, at) => `  a${at}: *image\n`).join('')
    expect(check(`${HEAD}x: &image shop:v1\ny:\n${aliases}`)).toEqual(expect.any(Array))
    expect(check(`${HEAD}---\n`.repeat(1_000))).toEqual(expect.any(Array))
    expect(check('---\n'.repeat(1_000))).toEqual([])
  })
})
