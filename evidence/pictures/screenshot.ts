import { pathToFileURL } from 'node:url'
import { startBrowser } from '../../loadtest/test/fixtures/browser.ts'

/** Wide enough for the whole page, and reduced, so that the file stays small. */
const SIZE = { width: 1_160, height: 1_220 }
const SCALE = 0.72

/**
 * Takes a screenshot of the top of a report page.
 *
 * @throws this machine has no Chromium
 */
export async function screenshot(file: string, colorScheme: 'light' | 'dark'): Promise<Buffer> {
  const browser = await startBrowser()
  try {
    const page = await browser.newPage({ viewport: SIZE, deviceScaleFactor: SCALE, colorScheme })
    await page.goto(pathToFileURL(file).href)
    return await page.screenshot({ type: 'png' })
  } finally {
    await browser.close()
  }
}
