import type { CommandDefinition } from '../flags/command.js'
import { EXIT_STATUS, scenarioSection } from '../flags/help.js'
import { SUITE_FLAGS, type SuiteValues } from '../flags/suite-flags.js'
import { suiteSettings } from '../settings/suite-settings.js'

/** `zero-drop suite`: several scenarios one after the other, each with its own report, and a table. */
export const suiteCommand: CommandDefinition<SuiteValues> = {
  name: 'suite',
  summary: 'prove several scenarios one after the other, with a table at the end',
  help: {
    description:
      'Proves several scenarios one after the other and prints a table. Each scenario has its own report. ' +
      'A scenario that cannot run does not stop the others. The exit code is the worst one: 4, 2, 1, 3, then 0.',
    sections: [
      {
        heading: 'Examples',
        lines: [
          'zero-drop suite',
          'zero-drop suite --scenarios set-image,undo,delete-pod,crashing-image',
          "zero-drop suite --command 'node server.js' --twin-command 'node naive.js'",
        ],
      },
      scenarioSection(),
      EXIT_STATUS,
    ],
  },
  flags: SUITE_FLAGS,
  async run(line) {
    const settings = suiteSettings(line)
    const { proveAll } = await import('../execution/suite.js')
    return proveAll(settings)
  },
}
