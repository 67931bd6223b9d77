import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { comparisonOf } from '../../src/reports/content/comparison/comparison.ts'
import { comparePage } from '../../src/reports/html/compare.ts'
import { htmlReport } from '../../src/reports/html/page.ts'
import { suitePage } from '../../src/reports/html/suite.ts'
import { startBrowser } from '../fixtures/browser.ts'
import { hostile, interrupted, rolledOut, suiteOfTen } from '../fixtures/reports.ts'

const CHECKS = readFileSync(new URL('./in-page.js', import.meta.url), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'zero-drop-pages-'))
const proven = rolledOut()
const dropping = rolledOut({ drops: 200 })

const PAGES: Readonly<Record<string, () => string>> = {
  'a run without drops': () => htmlReport(proven),
  'a run with drops': () => htmlReport(dropping),
  'an interrupted run': () => htmlReport(interrupted()),
  'hostile text': () => htmlReport(hostile(rolledOut({ drops: 50 }))),
  'a suite of ten': () => suitePage(suiteOfTen(folder), join(folder, 'suite.html')),
  'a comparison': () =>
    comparePage(comparisonOf({ name: 'a.json', report: proven }, { name: 'b.json', report: dropping }), [
      proven,
      dropping,
    ]),
}

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Opened {
  readonly page: Page
  /** Messages of the console, errors, and requests beyond the file itself. */
  readonly faults: readonly string[]
}

/** Opens a page from its file. */
async function opened(text: string, hash = ''): Promise<Opened> {
  const file = join(folder, 'page.html')
  writeFileSync(file, text)
  const page = await browser.newPage({ viewport: { width: 1_280, height: 800 } })
  const faults: string[] = []
  page.on('console', (message) => void faults.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => void faults.push(error.message))
  page.on('request', (request) => {
    if (!/^(?:file|data):/.test(request.url())) faults.push(`requests ${request.url()}`)
  })
  await page.goto(`${pathToFileURL(file).href}${hash}`)
  await page.evaluate(axe.source)
  await page.evaluate(CHECKS)
  return { page, faults }
}

/** Walks through the page with the Tab key, and returns each element that gets the focus, with its outline. */
async function walk(page: Page, steps: number): Promise<string[]> {
  const seen: string[] = []
  for (let step = 0; step < steps; step += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one key after the other
    await page.keyboard.press('Tab')
    // oxlint-disable-next-line no-await-in-loop -- the element that has the focus now
    seen.push(await page.evaluate<string>('focused()'))
  }
  return seen
}

describe('a page', () => {
  it.each(Object.entries(PAGES))(
    'of %s has no fault on a desktop, on a phone, in the dark and on paper',
    async (_, render) => {
      const { page, faults } = await opened(render())
      const found = {
        errors: faults,
        anchors: await page.evaluate('anchorFaults()'),
        desktop: await page.evaluate('layoutFaults()'),
        accessibility: await page.evaluate('accessibilityFaults()'),
        focus: (await walk(page, 6)).filter((outline) => outline !== '' && !outline.endsWith(' solid')),
        dark: await page
          .emulateMedia({ colorScheme: 'dark' })
          .then(() => page.evaluate("accessibilityFaults(['color-contrast'])")),
        phone: await page.setViewportSize({ width: 360, height: 740 }).then(() => page.evaluate('layoutFaults()')),
        // The width of A4 without its margins.
        paper: await page
          .setViewportSize({ width: 703, height: 1_000 })
          .then(() => page.emulateMedia({ media: 'print', colorScheme: 'light' }))
          .then(() => page.evaluate('printFaults()')),
      }
      await page.close()
      expect(found).toEqual({
        errors: [],
        anchors: [],
        desktop: [],
        accessibility: [],
        focus: [],
        dark: [],
        phone: [],
        paper: [],
      })
    },
  )

  it('begins with a link to its content for those who use the keyboard', async () => {
    const { page } = await opened(htmlReport(proven))
    expect(await walk(page, 1)).toEqual(['skip solid'])
    await page.close()
  })

  it('opens every part when it is printed, and closes it again', async () => {
    const { page } = await opened(htmlReport(dropping))
    const closed = "document.querySelectorAll('details:not([open])').length"
    const before = await page.evaluate(closed)
    // This listener runs after that of the page.
    const during = page.evaluate(`new Promise((resolve) => addEventListener('beforeprint', () => resolve(${closed})))`)
    await page.pdf({ format: 'A4' })
    expect([await during, await page.evaluate(closed)]).toEqual([0, before])
    await page.close()
  })
})

describe('the page of a run with 2,000 drops', () => {
  const many = htmlReport(rolledOut({ drops: 2_000 }))

  it('opens the pod of a request that a link names', async () => {
    const { page } = await opened(many, '#run-0-drop-1234')
    expect(await page.locator('#run-0-drop-1234').isVisible()).toBe(true)
    expect(await page.locator('details.pod[open]').count()).toBe(1)
    await page.close()
  })

  it('filters its requests, and counts them', async () => {
    const { page } = await opened(many)
    const visible = (): Promise<number> => page.locator('.requests > li:visible').count()
    const output = page.locator('.filter output')
    expect(await visible()).toBe(0)
    await page.getByLabel('Filter these requests').fill('truncated 2xk9p')
    await expect.poll(() => output.textContent()).toMatch(/^\d+ of 2000 listed requests$/)
    expect(await visible()).toBe(Number((await output.textContent())?.split(' ')[0]))
    expect(await page.locator('.requests > li:visible').first().textContent()).toContain('response body')
    await page.getByLabel('Filter these requests').fill('')
    await expect.poll(visible).toBe(0)
    await page.close()
  })

  it('shows the numbers of a second beside the pointer', async () => {
    const { page } = await opened(many)
    await page.locator('.chart .track').first().hover()
    const readout = page.locator('.readout').first()
    await expect.poll(() => readout.textContent()).toMatch(/^\d+\.\d s · v1 \d+\/s · \d+ dropped · p50 /)
    await page.close()
  })
})
