import type { AnyGroup, FlagGroup } from './flag.js'
import { OUTPUT_FLAGS, PROVE_FLAGS, SUBJECT_FLAGS, type OutputValues, type ProveValues } from './prove-flags.js'
import { text } from './values.js'

interface SuiteSubject {
  /** Names of scenarios, separated by commas. Which names are valid depends on the target. */
  readonly scenarios?: string
}

type SuiteOutput = Omit<OutputValues, 'html'>

/** The flags of `zero-drop suite`, apart from those of the scenarios. */
export type SuiteValues = Omit<ProveValues, 'scenario' | 'service' | 'html'> & SuiteSubject

const { scenario: _scenario, service: _service, ...subject } = SUBJECT_FLAGS.flags
const { html: _html, report, junit, json, quiet } = OUTPUT_FLAGS.flags

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

const SUITE_OUTPUT: FlagGroup<SuiteOutput> = {
  heading: OUTPUT_FLAGS.heading,
  flags: {
    report: {
      ...report,
      help: 'base name of the reports; the scenario name is inserted, as in report.undo.json and report.undo.html',
    },
    junit: { ...junit, help: 'one JUnit XML report with a test case for each scenario' },
    json: { ...json, help: 'print the table to stdout as JSON instead of text' },
    quiet,
  },
}

/** Every flag of `zero-drop suite`, in the order of its help: those of `prove`, and the choice of scenarios. */
export const SUITE_FLAGS: readonly AnyGroup[] = PROVE_FLAGS.map((group) => {
  if (group === SUBJECT_FLAGS) return SUITE_SUBJECT
  return group === OUTPUT_FLAGS ? SUITE_OUTPUT : group
})
