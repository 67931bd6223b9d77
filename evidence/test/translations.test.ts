import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../base/zero-drop.ts'

/** The Chinese pages, beside the English pages that they translate. */
const PAGES = ['README.md', 'k8s/README.md'].map((english) => ({
  english,
  chinese: english.replace('.md', '.zh-CN.md'),
}))

interface Section {
  level: number
  heading: string
  /** The lines of code blocks, without comments. */
  code: string[]
  /** The rest of the text, without code blocks. */
  prose: string
}

const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')

/** Removes a comment at the end of a line of code, because comments are translated. */
const withoutComment = (line: string): string => line.replace(/(?:^|\s+)(?:#|\/\/) .*$/u, '')

/** Splits a page at its headings. A fenced block without a language is a figure in words, so it counts as prose. */
const sectionsOf = (page: string): Section[] => {
  const sections: Section[] = []
  let fence: 'none' | 'code' | 'figure' = 'none'
  for (const line of page.split('\n')) {
    const [, marks, heading = ''] = (fence === 'none' && /^(#+) (.*)$/u.exec(line)) || []
    if (marks !== undefined) sections.push({ level: marks.length, heading, code: [], prose: '' })
    const section = sections.at(-1)
    if (section === undefined) throw new Error('the page does not begin with a heading')
    if (line.startsWith('```')) {
      if (fence === 'none') fence = line === '```' ? 'figure' : 'code'
      else fence = 'none'
      if (line !== '```') section.code.push(line)
    } else if (fence === 'code' || (fence === 'none' && /^ {4}/u.test(line))) section.code.push(withoutComment(line))
    else if (marks === undefined) section.prose += `${line}\n`
  }
  return sections
}

const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found).toSorted()

/** Returns the anchor that GitHub gives a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

const anchorsOf = (sections: Section[]): string[] => sections.map(({ heading }) => anchor(heading))

const INLINE_CODE = /`([^`]+)`/gu
const LINK = /\]\(([^)\s]+)\)|^\[\d+\]: \S+/gmu

/** What a section must have in common with its translation. */
const facts = ({ level, code, prose }: Section, anchors: string[]): object => {
  const links = [...prose.matchAll(LINK)].map(([whole, target = whole]) =>
    target.startsWith('#')
      ? `heading ${anchors.indexOf(target.slice(1))}`
      : target
          .replace('/zh-cn/', '/')
          .replace(/\.zh-CN\.md(?=$|#)/u, '.md')
          .replace(/\/README\.md$/u, ''),
  )
  const words = prose.replaceAll(LINK, ']').replaceAll(INLINE_CODE, '')
  return {
    level,
    code,
    inlineCode: all(prose, INLINE_CODE),
    numbers: all(words, /(?<![\p{L}\d.])(\d+(?:[.,]\d+)*)/gu),
    links: links.toSorted(),
    // The number of columns of each row.
    tables: prose.split('\n').flatMap((line) => (line.startsWith('|') ? [line.split(/(?<!\\)\|/u).length] : [])),
  }
}

describe.each(PAGES)('$chinese', ({ english, chinese }) => {
  const original = sectionsOf(read(english))
  const translation = sectionsOf(read(chinese))

  it('has the headings of the English page, in their order', () => {
    expect(translation.map(({ level }) => level)).toEqual(original.map(({ level }) => level))
  })

  it.each(original.map(({ heading }, index) => ({ heading, index })))(
    'has the commands, numbers, links and tables of "$heading"',
    ({ index }) => {
      const [ours, theirs] = [translation[index], original[index]]
      if (ours === undefined || theirs === undefined) throw new Error('there is no such section')
      expect(facts(ours, anchorsOf(translation))).toEqual(facts(theirs, anchorsOf(original)))
    },
  )

  it('links only to headings that exist', () => {
    for (const sections of [original, translation]) {
      const targets = sections.flatMap(({ prose }) => all(prose, /\]\(#([^)\s]+)\)/gu))
      expect(targets.filter((target) => !anchorsOf(sections).includes(target))).toEqual([])
    }
  })

  it('is linked at the top of the English page, and links back', () => {
    expect(original[0]?.prose).toContain(`(${basename(chinese)})`)
    expect(translation[0]?.prose).toContain(`(${basename(english)})`)
  })

  it('is in Chinese: no sentence of the English page remains', () => {
    const remaining = translation
      .flatMap(({ prose }) => prose.replaceAll(INLINE_CODE, '').split('\n'))
      .filter((line) => (line.match(/[a-z]+ /giu) ?? []).length > 6 && !/\p{Script=Han}/u.test(line))
    expect(remaining).toEqual([])
  })
})
