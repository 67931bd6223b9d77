import type { CommandDefinition } from '../flags/command.js'
import { TIMED_LOAD_FLAGS, type TimedLoadValues } from '../flags/timed-load-flags.js'
import { timedLoadSettings } from '../settings/timed-load-settings.js'

/** `zero-drop load`: load for a fixed time, judged by the clients alone. */
export const loadCommand: CommandDefinition<TimedLoadValues> = {
  name: 'load',
  summary: 'send the load for a fixed time, as an analysis of a rollout that something else makes',
  help: {
    description:
      'Sends the load for a fixed time and reports every dropped request. It needs no access to the cluster, so that it can run in a Job ' +
      'without rights, such as an analysis of Argo Rollouts.',
    sections: [
      {
        heading: 'Examples',
        lines: [
          'zero-drop load --url http://shop.store.svc --for 120',
          'zero-drop load --url http://shop.store.svc --for 120 --rate 2000 --workers 4   # each pod of an Indexed Job',
        ],
      },
      {
        heading: 'Proof',
        paragraph:
          'The command sees no pods and no logs, and nothing shows that this load sees drops. zero-drop watch follows the rollout, and ' +
          'zero-drop prove runs a naive twin.',
      },
      {
        heading: 'Exit codes',
        items: [
          ['0', 'no request was dropped'],
          ['1', 'at least one request was dropped'],
          ['2', 'the command line cannot be used, or the service does not answer'],
          ['3', 'no request was dropped, but the load was interrupted or this machine was too busy'],
          ['4', 'the harness itself failed'],
        ],
      },
    ],
  },
  flags: TIMED_LOAD_FLAGS,
  async run(line) {
    const settings = timedLoadSettings(line)
    const { runTimedLoad } = await import('../execution/load.js')
    return runTimedLoad(settings)
  },
}
