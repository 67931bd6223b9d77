import { describe, expect, it, vi } from 'vitest'
import { examine } from '../../src/doctor/examine.ts'
import { findingsOf, idsOf, objectsOf, RIGHT } from './fixtures/manifest.ts'

const REPLICAS = '  replicas: 3\n'
const LIMIT = '  revisionHistoryLimit: 10\n'
const noHistory = (lines: string): string => RIGHT.replace(LIMIT, lines)

/** The annotation in a manifest with a finding. */
const annotated = (value: string): string =>
  noHistory('  revisionHistoryLimit: 0\n').replace(
    '  namespace: shop\n',
    `  namespace: shop\n  annotations:\n    ignore.zero-drop/revision-history: ${JSON.stringify(value)}\n`,
  )

describe('zero-drop-ignore', () => {
  it('accepts a finding from the line above, from the same line, and from above a field that contains it', () => {
    expect(idsOf(noHistory('  revisionHistoryLimit: 0\n'))).toEqual(['revision-history'])
    const reason = 'zero-drop-ignore revision-history: Git has every version'
    expect(idsOf(noHistory(`  # ${reason}\n  revisionHistoryLimit: 0\n`))).toEqual([])
    expect(idsOf(noHistory(`  # first\n  # ${reason}\n  # last\n  revisionHistoryLimit: 0\n`))).toEqual([])
    expect(idsOf(noHistory(`  revisionHistoryLimit: 0 # ${reason}\n`))).toEqual([])
    expect(idsOf(noHistory('  revisionHistoryLimit: 0\n').replace('\nspec:', `\n# ${reason}\nspec:`))).toEqual([])
    expect(idsOf(`# ${reason}\n${noHistory('  revisionHistoryLimit: 0\n')}`)).toEqual([])
  })

  it('counts the accepted findings', () => {
    const text = noHistory('  revisionHistoryLimit: 0 # zero-drop-ignore revision-history: Git has it\n')
    expect(examine(objectsOf(text))).toEqual({ findings: [], ignored: 1 })
  })

  it('has no effect on another rule, on another field or on another object', () => {
    const reason = 'zero-drop-ignore revision-history: Git has every version'
    expect(idsOf(noHistory('  revisionHistoryLimit: 0 # zero-drop-ignore recreate: no\n'))).toEqual([
      'revision-history',
    ])
    expect(idsOf(noHistory('  revisionHistoryLimit: 0\n').replace(REPLICAS, `  # ${reason}\n${REPLICAS}`))).toEqual([
      'revision-history',
    ])
    expect(
      idsOf(noHistory('  revisionHistoryLimit: 0\n').replace('kind: Service', `kind: Service # ${reason}`)),
    ).toEqual(['revision-history'])
  })

  it('needs a reason', () => {
    for (const comment of [
      'zero-drop-ignore revision-history',
      'zero-drop-ignore revision-history:',
      'zero-drop-ignore revision-history:  ',
    ]) {
      expect(idsOf(noHistory(`  # ${comment}\n  revisionHistoryLimit: 0\n`))).toEqual([
        'ignore-without-reason',
        'revision-history',
      ])
    }
  })

  it('reports a rule that does not exist, on the line of the comment, and suggests the one that was meant', () => {
    const text = noHistory('  revisionHistoryLimit: 10 # zero-drop-ignore revision-histroy: because\n')
    const line = text.split('\n').findIndex((each) => each.includes('zero-drop-ignore')) + 1
    expect(findingsOf(text)).toMatchObject([
      {
        rule: { id: 'ignore-without-reason' },
        place: { line },
        message: 'zero-drop-ignore names "revision-histroy", which is no rule (did you mean revision-history?)',
      },
    ])
  })

  it('accepts several rules with one reason', () => {
    const text = noHistory('  revisionHistoryLimit: 0\n').replace(
      'progressDeadlineSeconds: 120',
      'progressDeadlineSeconds: 5',
    )
    expect(idsOf(text)).toEqual(['progress-deadline', 'revision-history'])
    expect(
      idsOf(text.replace('\nspec:', '\n# zero-drop-ignore revision-history, progress-deadline: a test\nspec:')),
    ).toEqual([])
  })

  it('works as an annotation, which a cluster keeps', () => {
    expect(idsOf(annotated('Git has every version'))).toEqual([])
    expect(idsOf(annotated(''))).toEqual(['ignore-without-reason', 'revision-history'])
  })
})

it('splits a text with many findings once', () => {
  const text = `${RIGHT.replace('replicas: 3', 'replicas: 1').replace('revisionHistoryLimit: 10', 'revisionHistoryLimit: 0')}---\n${RIGHT}`
  const split = vi.spyOn(String.prototype, 'split')
  try {
    findingsOf(text)
    expect(split.mock.contexts.filter((each) => String(each) === text)).toHaveLength(1)
  } finally {
    split.mockRestore()
  }
})
