import type { CommandDefinition } from '../flags/command.js'
import { EXIT_STATUS } from '../flags/help.js'
import { WATCH_FLAGS, type WatchValues } from '../flags/watch-flags.js'
import { watchSettings } from '../settings/watch-settings.js'

/** `zero-drop watch`: load during a rollout that something else makes. */
export const watchCommand: CommandDefinition<WatchValues> = {
  name: 'watch',
  summary: 'drive load while a command, or somebody else, makes the rollout',
  help: {
    description:
      'Drives load while something else rolls out workloads of a cluster: the command after --, or a GitOps controller or a person. ' +
      'Follows the pods, endpoints and logs as prove does, and changes nothing in the cluster.',
    words: 'command',
    sections: [
      {
        heading: 'Examples',
        lines: [
          'zero-drop watch --workload deployment/shop --namespace store -- helm upgrade shop ./chart',
          'zero-drop watch --workload deployment/shop --workload statefulset/cart \\',
          '  --namespace store -- ./deploy.sh',
          'zero-drop watch --workload deployment/shop --namespace store --for 900',
          'zero-drop watch --url http://127.0.0.1:8080 -- docker compose up --detach --wait',
        ],
      },
      {
        heading: 'End of the rollout',
        paragraph:
          'The rollout is over when the command has ended with 0, and every workload that has changed is rolled out and its old pods are ' +
          'gone. Without a command, every named workload must have changed.',
      },
      {
        heading: 'Outside a cluster',
        paragraph:
          'Without --workload, zero-drop watches --url while the command restarts the service. It sees no pods: one window lasts from the ' +
          'start of the command until --for after its end, and the run proves something only if the service was replaced: by another ' +
          'process that listens on the port, or by responses that name another pod.',
      },
      {
        heading: 'Proof',
        paragraph:
          'Nothing runs the same rollout without graceful shutdown, so no naive twin shows that the load sees drops, and the verdict says ' +
          'so. zero-drop prove runs a twin.',
      },
      EXIT_STATUS,
    ],
  },
  flags: WATCH_FLAGS,
  async run(line) {
    const settings = watchSettings(line)
    if (settings.dryRun) {
      const { dryRunWatch } = await import('../execution/dry-run/dry-run.js')
      return dryRunWatch(settings)
    }
    const { watch } = await import('../execution/watch.js')
    return watch(settings)
  },
}
