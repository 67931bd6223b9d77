import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../base/zero-drop.ts'
import { anchorOf } from './anchor.ts'
import { type Block, headingsOf, isPart, type Section, sectionsOf } from './translation-blocks.ts'

/** The Chinese pages, beside the English pages that they translate. */
const PAGES = ['README.md', 'k8s/README.md'].map((english) => ({
  english,
  chinese: english.replace('.md', '.zh-CN.md'),
}))

const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')

const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found).toSorted()

const INLINE_CODE = /`([^`]+)`/gu
const LINK = /\]\(([^)\s]+)\)|^\[\d+\]: \S+/gmu
/** What stands for a language in the address of a page: `/zh-cn/`, `/en/`, `?hl=zh-cn`. */
const LANGUAGE = /(?<=\/)(?:zh-cn|zh_cn|zh|en-us|en)\/|\?hl=zh-cn/gu

/** Returns what a text must have in common with its translation, in any order. */
const facts = (text: string, anchors: readonly string[]): object => {
  const words = text.replaceAll(LINK, ']').replaceAll(INLINE_CODE, '')
  return {
    inlineCode: all(text, INLINE_CODE),
    numbers: all(words, /(?<![\p{L}\d.])(\d+(?:[.,]\d+)*)/gu),
    links: [...text.matchAll(LINK)]
      .map(([whole, target = whole]) =>
        target.startsWith('#')
          ? `heading ${anchors.indexOf(target.slice(1))}`
          : target
              .replaceAll(LANGUAGE, '')
              .replace(/\.zh-CN\.md(?=$|#)/u, '.md')
              .replace(/\/README\.md$/u, ''),
      )
      .toSorted(),
  }
}

/** Returns the facts of each block, in the order of the page. Those of a table are compared cell by cell. */
const outline = ({ level, blocks }: Section, anchors: readonly string[]): object => ({
  level,
  blocks: blocks.map((block: Block) =>
    block.kind === 'code' ? block : { kind: block.kind, parts: block.parts.map((part) => facts(part, anchors)) },
  ),
})

const digest = ({ source }: Section): string =>
  createHash('sha256').update(source.join('\n').trim()).digest('hex').slice(0, 12)

/** Returns the text that a person wrote in Chinese: no code, no link target, no quotation of the tutorial. */
const chineseOf = (sections: readonly Section[]): string[] =>
  sections
    .flatMap(({ heading, blocks }) => [heading, ...blocks.filter(isPart).flatMap(({ parts }) => parts)])
    // A bold sentence needs a space after it: `**文。**文` is not bold in CommonMark.
    .map((text) => text.replaceAll(/\*"[^"]*"\*|(?<=。)\*\* /gu, '').replaceAll(/\]\([^)]*\)/gu, ']'))

const linesWith = (texts: readonly string[], pattern: RegExp): string[] =>
  texts.flatMap((text) => text.split('\n')).filter((line) => pattern.test(line.replaceAll(/[*_]/gu, '')))

describe.each(PAGES)('$chinese', ({ english, chinese }) => {
  const original = sectionsOf(read(english))
  const translation = sectionsOf(read(chinese))
  const [originalAnchors, anchors] = [headingsOf(original).map(anchorOf), headingsOf(translation).map(anchorOf)]

  it('has the headings of the English page, in their order', () => {
    expect(translation.map(({ level }) => level)).toEqual(original.map(({ level }) => level))
  })

  it.each(original.map(({ heading }, index) => ({ heading, index })))(
    'has each paragraph, list item, table cell and command of "$heading"',
    ({ index }) => {
      const [ours, theirs] = [translation[index], original[index]]
      if (ours === undefined || theirs === undefined) throw new Error('there is no such section')
      expect(outline(ours, anchors)).toEqual(outline(theirs, originalAnchors))
    },
  )

  // A sentence that changes in English alone leaves no other trace, so a file has a digest of every English section.
  it('translates the English page as it is now', async () => {
    const lines = [
      `The sections of ${english} that ${chinese} translates. When you have translated those that differ, run:`,
      'npx pnpm@12 exec vitest run --project tests evidence/test/translations --update',
      ...original.map((section) => `${digest(section)}  ${'#'.repeat(section.level)} ${section.heading}`),
    ]
    await expect(lines.join('\n')).toMatchFileSnapshot(
      `translated/${english.replace('.md', '').replaceAll('/', '-')}.txt`,
    )
  })

  it('links only to headings that exist, and to the Chinese page where there is one', () => {
    for (const [sections, known] of [
      [original, originalAnchors],
      [translation, anchors],
    ] as const) {
      const targets = sections.flatMap(({ blocks }) =>
        blocks.filter(isPart).flatMap(({ parts }) => all(parts.join('\n'), /\]\(#([^)\s]+)\)/gu)),
      )
      expect(targets.filter((target) => !known.includes(target))).toEqual([])
    }
    const pages = translation
      .slice(1)
      .flatMap(({ blocks }) => blocks.filter(isPart).flatMap(({ parts }) => all(parts.join('\n'), /\]\(([^)\s#]+)/gu)))
      .filter((target) => !target.includes(':'))
      .map((target) => join(dirname(chinese), target))
    const translated = new Set(PAGES.flatMap((page) => [page.english, dirname(page.english)]))
    expect(pages.filter((page) => translated.has(page))).toEqual([])
  })

  it('is linked at the top of the English page, and links back', () => {
    expect(original[0]?.source.join('\n')).toContain(`(${basename(chinese)})`)
    expect(translation[0]?.source.join('\n')).toContain(`(${basename(english)})`)
  })

  it('is in Chinese: no sentence of the English page remains', () => {
    const prose = chineseOf(translation).map((text) => text.replaceAll(INLINE_CODE, ''))
    const remaining = prose
      .flatMap((text) => text.split('\n'))
      .filter((line) => (line.match(/[a-z]+ /giu) ?? []).length > 6 && !/\p{Script=Han}/u.test(line))
    expect(remaining).toEqual([])
  })

  it('has full-width punctuation beside Chinese, and a space between Chinese and Latin letters, digits or code', () => {
    const texts = chineseOf(translation)
    const prose = texts.map((text) => text.replaceAll(INLINE_CODE, '`x`'))
    expect(linesWith(prose, /\p{Script=Han}[,;:?!()"]|[,;:?!()"]\p{Script=Han}|\p{Script=Han}\.(?:\s|$)/u)).toEqual([])
    expect(
      linesWith(prose, /\p{Script=Han}.*(?:\w[:;][a-z]|\d[:;]\d)|(?:\w[:;][a-z]|\d[:;]\d).*\p{Script=Han}/iu),
    ).toEqual([])
    expect(linesWith(prose, /\p{Script=Han}\[?[a-z\d`]|[a-z\d`%]\]?\p{Script=Han}/iu)).toEqual([])
    expect(linesWith(prose, /[，。；：？！、（）“”] +\S| +[，。；：？！、（）”]/u)).toEqual([])
    // A browser shows a line break between two characters as a space.
    expect(prose.filter((text) => /\p{Script=Han}\n *\p{Script=Han}/u.test(text))).toEqual([])
  })
})
