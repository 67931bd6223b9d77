import type { ReportFormat } from './format.js'
import { html } from './html/page.js'
import { json } from './json.js'
import { junit } from './junit.js'

/** Every report that is written to a file, the JSON report first: the others get their default names from it. */
export const REPORTS: readonly ReportFormat[] = [json, html, junit]
