import type { CommandDefinition } from '../flags/command.js'
import { EXIT_STATUS, scenarioSection } from '../flags/help.js'
import { PROVE_FLAGS, type ProveValues } from '../flags/prove-flags.js'
import { proveSettings } from '../settings/prove-settings.js'

/** `zero-drop prove`: one scenario under load, with a verdict. */
export const proveCommand: CommandDefinition<ProveValues> = {
  name: 'prove',
  summary: 'prove that one scenario, such as a rollout, drops no request',
  help: {
    description: 'Puts a service through a scenario, such as a rollout, under load and reports every dropped request.',
    sections: [
      {
        heading: 'Examples',
        lines: [
          'zero-drop prove',
          "zero-drop prove --command 'node server.js' --twin-command 'node naive.js'",
          'zero-drop prove --target kubernetes --image registry/name:v1.0.1',
          'zero-drop prove --target kubernetes --scenario undo',
        ],
      },
      scenarioSection(),
      {
        heading: 'Naive twin',
        paragraph:
          'A run without drops proves something only when the same load shows drops elsewhere. The naive twin is the service ' +
          'without its graceful shutdown. On a cluster zero-drop clones the workload and its Service for the twin, and removes the clones.',
      },
      EXIT_STATUS,
    ],
  },
  flags: PROVE_FLAGS,
  async run(line) {
    const settings = proveSettings(line)
    // Help and usage errors do not need the harness, which takes longer to load than they take to print.
    const { prove } = await import('../execution/prove.js')
    return prove(settings)
  },
}
