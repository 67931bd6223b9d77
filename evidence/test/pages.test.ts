import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { introduction } from '../benchmarks/document.ts'
import { markdown as comparison } from '../comparison/document.ts'
import { contenders } from '../contenders/contenders.ts'
import { rows } from '../conformance/rows.ts'
import { markdown as conformance } from '../conformance/table.ts'
import { markdown as doctor } from '../doctor/document.ts'
import { CLUSTER_CASES } from '../doctor/cluster-cases.ts'
import { LOCAL_CASES } from '../doctor/local-cases.ts'
import { markdown as doctorProof, tableIn } from '../doctor/proof.ts'
import { markdown as frameworks } from '../frameworks/document.ts'
import { markdown as headline } from '../headline/document.ts'
import { faults } from '../planted/faults.ts'
import { languages } from '../planted/languages.ts'
import { markdown as planted } from '../planted/document.ts'
import { documentOf as simulation } from '../simulation/document.ts'

const pageOf = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

/** The lines outside of tables. */
const prose = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('|'))

describe('the pages in docs/', () => {
  it.each([
    ['benchmarks.md', introduction],
    ['conformance.md', conformance([], rows, [])],
    ['doctor-proof.md', doctorProof({ local: '', kubernetes: '' })],
    ['frameworks.md', frameworks([])],
    ['headline.md', headline([], { delay: 10_000, budget: 25_000, rate: 200, seed: 1 })],
    ['local-target.md', comparison([])],
    ['planted.md', planted({})],
    ['propagation.md', simulation([], 1_000)],
  ])('%s has the text of its generator', (name, generated) => {
    const page = new Set(prose(pageOf(name)))
    expect(prose(generated).filter((line) => !page.has(line))).toEqual([])
    expect(pageOf(name)).toContain('enerated by `pnpm evidence ')
  })

  it('doctor.md is exactly the text of its generator', () => {
    expect(pageOf('doctor.md')).toBe(doctor())
  })

  it.each([
    ['local', LOCAL_CASES],
    ['kubernetes', CLUSTER_CASES],
  ] as const)(
    'doctor-proof.md has a row for each case of %s: the mistake loses requests, the correction none',
    (target, cases) => {
      const lines = tableIn(pageOf('doctor-proof.md'), target)
        .split('\n')
        .slice(2)
        .map((line) => line.slice(2, -2).split(' | '))
      expect(lines.map(([rule]) => rule)).toEqual(cases.map(({ rule }) => `[${rule}](doctor.md#${rule})`))
      for (const [, , wrong = '', , right = ''] of lines) {
        expect(wrong).toMatch(/^[1-9][\d,]* of [\d,]+$/u)
        expect(right).toMatch(/^\*\*0\*\* of [\d,]+$/u)
      }
    },
  )

  it('conformance.md has a column for each contender and a row for each behaviour', () => {
    const lines = pageOf('conformance.md').split('\n')
    expect(lines).toContain(`|  | ${contenders.map(({ name }) => name).join(' | ')} |`)
    const titles = lines
      .filter((line) => line.startsWith('| ') && !line.startsWith('| **') && !line.startsWith('| ---'))
      .map((line) => line.split(' | ')[0]?.slice(2))
    expect(titles.slice(1)).toEqual(rows.map(({ title }) => title))
  })

  it('planted.md has a result for each fault in each language, and every report was right', () => {
    const lines = pageOf('planted.md')
      .split('\n')
      .filter((text) => text.startsWith('| '))
      .map((text) => text.slice(2, -2).split(' | '))
    expect(lines[0]).toEqual(['fault', ...languages.map(({ name }) => name)])
    expect(lines.slice(2).map(([title]) => title)).toEqual(
      faults.map(({ title, logged }) => `${title}${logged === true ? ' *' : ''}`),
    )
    const cells = lines.slice(2).flatMap(([title, ...each]) => {
      expect(each).toHaveLength(languages.length)
      return each.map((text) => `${title}: ${text}`)
    })
    expect(cells.filter((text) => !/: (?:–|\d+(?: of \d+)? · \d+ · \d+ · 0)$/u.test(text))).toEqual([])
  })
})
