import { REPORTS } from '../../reports/index.js'
import type { AnyGroup, Flag } from './flag.js'
import { OUTPUT_FLAGS, PROVE_FLAGS, reportFlags, SUBJECT_FLAGS, type ProveValues } from './prove-flags.js'
import { text } from './values.js'

/** The flags of `zero-drop suite`, apart from those of the scenarios and of the report files. */
export type SuiteValues = Omit<ProveValues, 'scenario' | 'service'> & {
  /** Names of scenarios, separated by commas. Which names are valid depends on the target. */
  readonly scenarios?: string
}

const { scenario: _scenario, service: _service, ...subject } = SUBJECT_FLAGS.flags

const SUITE_SUBJECT: AnyGroup = {
  heading: SUBJECT_FLAGS.heading,
  flags: {
    scenarios: {
      value: 'NAMES',
      help: 'scenarios to prove one after the other, separated by commas',
      defaultText: 'all that run on the target',
      usual: true,
      parse: text,
    },
    ...subject,
  },
}

/** The base name of the reports of each scenario, and the reports of the whole suite. */
const SUITE_REPORTS: AnyGroup = {
  heading: reportFlags().heading,
  flags: Object.fromEntries(
    REPORTS.flatMap(({ flag, defaultText, suite }, index): [string, Flag<string>][] => {
      if (index === 0) {
        const help =
          'base name of the reports; the scenario name is inserted, as in report.undo.json and report.undo.html'
        return [[flag, { value: 'FILE', help, defaultText, usual: true, parse: text }]]
      }
      return suite ? [[flag, { value: 'FILE', help: suite.help, defaultText: suite.defaultText, parse: text }]] : []
    }),
  ),
}

const SUITE_OUTPUT: AnyGroup = {
  heading: OUTPUT_FLAGS.heading,
  flags: {
    ...OUTPUT_FLAGS.flags,
    json: { help: 'print the table to stdout as JSON instead of text' },
    verbose: { ...OUTPUT_FLAGS.flags.verbose, help: 'print the whole report of each scenario, too' },
  },
}

/** Every flag of `zero-drop suite`, in the order of its help: those of `prove`, and the choice of scenarios. */
export const SUITE_FLAGS: readonly AnyGroup[] = PROVE_FLAGS.map((group) => {
  const changed = [SUITE_SUBJECT, SUITE_REPORTS, SUITE_OUTPUT].find(({ heading }) => heading === group.heading)
  return changed ?? group
})
