import type { CommandDefinition } from '../flags/command.js'
import { COMPARE_FLAGS } from '../flags/report-flags.js'
import { compareSettings } from '../settings/report-settings.js'

/** `zero-drop compare`: two runs side by side. */
export const compareCommand: CommandDefinition<object> = {
  name: 'compare',
  summary: 'put two JSON reports side by side',
  help: {
    description:
      'Puts two reports side by side: their verdicts, drops, latencies, pods and margins, and the settings that differ. ' +
      'The naive twins are not compared.',
    words: 'files',
    usage: 'A.json B.json',
    sections: [
      {
        heading: 'Examples',
        lines: [
          'zero-drop compare before.json after.json',
          'zero-drop compare before.json after.json --html compared.html',
        ],
      },
      {
        heading: 'Exit codes',
        items: [
          ['0', 'B dropped no larger share of its requests than A, and proves as much'],
          ['1', 'B dropped a larger share of its requests than A'],
          ['2', 'a file is not a report, or has another schemaVersion'],
          ['3', 'A is proven, and B is inconclusive'],
          ['4', 'the page could not be written'],
        ],
      },
    ],
  },
  flags: COMPARE_FLAGS,
  async run(line) {
    const settings = compareSettings(line)
    const { compareReports } = await import('../execution/report.js')
    return compareReports(settings)
  },
}
