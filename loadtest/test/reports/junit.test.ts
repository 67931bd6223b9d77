import { DOMParser, onWarningStopParsing } from '@xmldom/xmldom'
import type { Document, Element } from '@xmldom/xmldom'
import { describe, expect, it } from 'vitest'
import { junitReport } from '../../src/reports/junit.ts'
import type { ReportCase } from '../../src/reports/format.ts'

/** Throws if the XML is not well-formed. */
const parse = (xml: string): Document =>
  new DOMParser({ onError: onWarningStopParsing }).parseFromString(xml, 'text/xml')

const made = (changes: Partial<ReportCase> = {}): ReportCase => ({
  scenario: 'set-image',
  status: 'proven',
  exitStatus: 0,
  sentence: 'Proven: 0 of 9,000 requests dropped.',
  durationMs: 61_234,
  properties: { requests: 9_000, drops: 0, twinDrops: null, report: '/a/report.json' },
  page: null,
  ...changes,
})

const only = (document: Document, name: string): Element => {
  const found = [...document.getElementsByTagName(name)]
  expect(found).toHaveLength(1)
  return found[0] as Element
}

describe('the JUnit report', () => {
  it('of a proof has one test case, which passes, with its numbers', () => {
    const document = parse(junitReport([made()]))
    const suite = only(document, 'testsuite')
    expect(['name', 'tests', 'failures', 'errors', 'time'].map((name) => suite.getAttribute(name))).toEqual([
      'zero-drop',
      '1',
      '0',
      '0',
      '61.234',
    ])
    const testCase = only(document, 'testcase')
    expect([testCase.getAttribute('name'), testCase.getAttribute('time')]).toEqual(['set-image', '61.234'])
    expect(only(document, 'system-out').textContent).toBe('Proven: 0 of 9,000 requests dropped.')
    const properties = [...document.getElementsByTagName('property')]
    expect(properties.map((each) => [each.getAttribute('name'), each.getAttribute('value')])).toEqual([
      ['requests', '9000'],
      ['drops', '0'],
      ['report', '/a/report.json'],
    ])
  })

  it.each([
    [1, 'failure', 'drops'],
    [3, 'error', 'inconclusive'],
    [2, 'error', 'could not run'],
    [4, 'error', 'could not run'],
  ] as const)('with exit code %i has a %s of the type %s, with the sentence', (exitStatus, element, status) => {
    const sentence = `It's "that" <b>& more</b>`
    const document = parse(junitReport([made({ exitStatus, status, sentence })]))
    const found = only(document, element)
    expect([found.getAttribute('type'), found.getAttribute('message'), found.textContent]).toEqual([
      status,
      sentence,
      sentence,
    ])
    const suite = only(document, 'testsuite')
    expect(suite.getAttribute(`${element}s`)).toBe('1')
  })

  it('of a suite has a test case for each scenario, and counts', () => {
    const cases = [made(), made({ scenario: 'undo', exitStatus: 1 }), made({ scenario: 'kill', exitStatus: 3 })]
    const document = parse(junitReport(cases))
    const names = [...document.getElementsByTagName('testcase')].map((each) => each.getAttribute('name'))
    expect(names).toEqual(['set-image', 'undo', 'kill'])
    const suites = only(document, 'testsuites')
    expect(['tests', 'failures', 'errors', 'time'].map((name) => suites.getAttribute(name))).toEqual([
      '3',
      '1',
      '1',
      '183.702',
    ])
  })

  it('is well-formed whatever a sentence quotes', () => {
    const sentence = 'it printed: \u0000\u001B[31m\uD800 \uFFFF ]]> é 😀\n\ttwo'
    const document = parse(junitReport([made({ exitStatus: 1, sentence })]))
    const shown = 'it printed: ??[31m? ? ]]> é 😀\n\ttwo'
    const failure = only(document, 'failure')
    expect([failure.getAttribute('message'), failure.textContent]).toEqual([shown, shown])
  })
})
