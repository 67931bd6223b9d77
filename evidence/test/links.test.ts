import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../base/zero-drop.ts'
import { anchorOf } from './anchor.ts'

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
const pages = files
  .split('\n')
  .filter((file) => file !== '' && !file.startsWith('.changeset/') && existsSync(ROOT + file))

const CODE = /^```[^]*?^```/gmu
const LINK = /\]\((?<target>[^)\s]+)\)|(?:src|srcset|href)="(?<attribute>[^"]+)"/gu

/** Returns the text of a page without its code. */
const proseOf = (page: string): string => readFileSync(ROOT + page, 'utf8').replaceAll(CODE, '')

const anchorsOf = (page: string): string[] =>
  [...proseOf(page).matchAll(/^#+ (.+)$|<a (?:id|name)="([^"]+)"/gmu)].map(
    ([, heading, id]) => id ?? anchorOf(heading ?? ''),
  )

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(ROOT + target)) return true
  return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor)
}

describe('the links of', () => {
  it.each(pages)('%s lead to files and headings that exist', (page) => {
    const links = [...proseOf(page).matchAll(LINK)].map(({ groups }) => groups!['target'] ?? groups!['attribute']!)
    const local = links.filter((link) => !/^[a-z]+:/u.test(link))
    expect(local.filter((link) => isBroken(page, link))).toEqual([])
  })
})
