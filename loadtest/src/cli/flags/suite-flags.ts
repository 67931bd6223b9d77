import type { Flag } from './flag.js'
import { PROVE_FLAGS } from './prove-flags.js'

const NOT_OF_A_SUITE = new Set(['scenario', 'service', 'report', 'html', 'junit', 'json', 'help'])

/** Every flag of `zero-drop suite`: those of `prove`, and which scenarios. */
export const SUITE_FLAGS: readonly Flag[] = [
  {
    name: 'scenarios',
    value: 'A,B,…',
    group: 'What to prove',
    help: 'which scenarios, one after the other. Default: all that run on the target',
  },
  ...PROVE_FLAGS.filter(({ name }) => !NOT_OF_A_SUITE.has(name)),
  {
    name: 'report',
    value: 'FILE',
    group: 'Output',
    help: 'the reports get its name with that of the scenario in it. Default: report.json, as in report.undo.json and report.undo.html',
  },
  {
    name: 'junit',
    value: 'FILE',
    group: 'Output',
    help: 'the verdicts as JUnit XML in one file, a test case for each scenario, for CI. Default: not written',
  },
  { name: 'json', group: 'Output', help: 'print the table to stdout as JSON instead of the text' },
  { name: 'help', group: 'Output', help: 'print this' },
]
