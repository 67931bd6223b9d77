import { REPORTS } from '../../reports/index.js'
import type { AnyGroup, Flag, FlagGroup } from './flag.js'
import { OUTPUT_FLAGS } from './prove-flags.js'
import { text } from './values.js'

export interface ReportValues {
  readonly verbose?: boolean
}

/** The files that can be rendered from the JSON report, which comes first in the list. */
const RENDERED: AnyGroup = {
  heading: 'Reports',
  flags: Object.fromEntries(
    REPORTS.slice(1).map(({ flag, help }): [string, Flag<string>] => [
      flag,
      { value: 'FILE', help, defaultText: 'not written', parse: text },
    ]),
  ),
}

const { verbose } = OUTPUT_FLAGS.flags
const OUTPUT: FlagGroup<ReportValues> = {
  heading: 'Output',
  flags: { verbose: { help: verbose.help } },
}

/** Every flag of `zero-drop report`. */
export const REPORT_FLAGS: readonly AnyGroup[] = [RENDERED, OUTPUT]

/** Every flag of `zero-drop compare`. */
export const COMPARE_FLAGS: readonly AnyGroup[] = [
  {
    heading: 'Reports',
    flags: { html: { value: 'FILE', help: 'HTML page with both runs', defaultText: 'not written', parse: text } },
  },
]
