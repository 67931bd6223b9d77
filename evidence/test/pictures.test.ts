import { existsSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rolloutPicture } from '../pictures/rollout.ts'
import { terminalPicture } from '../pictures/terminal.ts'
import { rolledOut } from '../../loadtest/test/fixtures/reports.ts'
import { ROOT } from '../base/zero-drop.ts'

const FOLDER = `${ROOT}docs/pictures/`
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8')
const labelOf = (picture: string): string => /aria-label="([^"]*)"/.exec(picture)?.[1] ?? ''
const numbersIn = (text: string): string[] => text.match(/[\d,]+ of [\d,]+/g) ?? []

describe('the pictures in docs/pictures', () => {
  it.each(['rollout.svg', 'terminal.svg', 'report.png', 'report-dark.png'])(
    '%s is small, and a README shows it',
    (name) => {
      expect(statSync(FOLDER + name).size).toBeLessThan(150 * 1_024)
      expect(read('README.md') + read('loadtest/README.md')).toContain(`docs/pictures/${name}`)
    },
  )

  it('are named in the READMEs as they are, each with a description', () => {
    for (const readme of ['README.md', 'loadtest/README.md']) {
      const folder = `${ROOT}${readme.replace(/[^/]*$/, '')}`
      const named = [
        ...read(readme).matchAll(
          /(?:src|srcset)="([^"]*docs\/pictures\/[^"]*)"|!\[[^\]]+\]\(([^)]*docs\/pictures\/[^)]*)\)/g,
        ),
      ]
      expect(named.length).toBeGreaterThan(0)
      for (const [, html = '', markdown = ''] of named) expect(existsSync(folder + (html || markdown))).toBe(true)
    }
  })

  it('come from one run, in which the service dropped nothing and the twin did', () => {
    const [service, twin] = numbersIn(labelOf(read('docs/pictures/rollout.svg')))
    expect(service).toMatch(/^0 of [\d,]+$/)
    expect(twin).not.toMatch(/^0 /)
    expect(numbersIn(labelOf(read('docs/pictures/terminal.svg')))).toEqual(expect.arrayContaining([service, twin]))
  })

  it.each(['rollout.svg', 'terminal.svg'])('%s is readable on a dark page, and loads nothing', (name) => {
    const picture = read(`docs/pictures/${name}`)
    expect(picture).toContain('@media (prefers-color-scheme:dark)')
    expect(picture).not.toMatch(/<script|href=|url\(|@import/)
  })
})

describe('a picture', () => {
  const report = rolledOut()

  it('of a rollout has a lane for each pod, and marks the drops of the run without the library alone', () => {
    const picture = rolloutPicture(report)
    expect(picture.match(/ …/g)).toHaveLength(report.runs.flatMap(({ pods }) => pods).length)
    const [before = '', after = ''] = picture.split('Without it: <tspan')
    expect(before).not.toContain('class="drop"')
    expect(after).toContain('class="drop"')
    expect(labelOf(picture)).toContain('With the library: 0 of 960 requests dropped. Without it: 120 of ')
  })

  it('of a terminal shows the command, each line of the progress in turn, and the report as it is', () => {
    const picture = terminalPicture({
      command: 'npx pnpm@12 prove',
      progress: ['0:00 starting', '0:05 rolling out'],
      report: 'The service: <web> & "more"\n\nProven: 0 of 9 requests dropped.\n',
    })
    expect(picture.match(/class="step/g)).toHaveLength(2)
    expect(picture).toContain('The service: &lt;web&gt; &amp; &quot;more&quot;')
    expect(picture).toMatch(/class="proven"[^>]*>Proven: 0 of 9/)
  })

  it('needs a twin beside the service', () => {
    expect(() => rolloutPicture(rolledOut({ twin: false }))).toThrow('one of its twin')
  })
})
