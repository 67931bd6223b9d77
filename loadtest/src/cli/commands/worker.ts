import type { CommandDefinition } from '../flags/command.js'
import type { FlagGroup } from '../flags/flag.js'
import { text } from '../flags/values.js'

interface WorkerValues {
  readonly spec?: string
}

const SPEC: FlagGroup<WorkerValues> = {
  heading: 'Spec',
  flags: { spec: { value: 'FILE', help: 'the load of all workers, which zero-drop has written', parse: text } },
}

/** `zero-drop worker`: one pod of `--load-from cluster`. */
export const workerCommand: CommandDefinition<WorkerValues> = {
  name: 'worker',
  summary: 'send a share of the load; zero-drop prove --load-from cluster starts it',
  hidden: true,
  help: {
    description:
      'Sends a share of the load and delivers every attempt to the zero-drop that started it. JOB_COMPLETION_INDEX is the number of the worker.',
    sections: [
      {
        heading: 'Exit codes',
        items: [
          ['0', 'every attempt was delivered, and none was a drop'],
          ['1', 'every attempt was delivered, and at least one was a drop'],
          ['2', 'the spec cannot be used'],
          ['3', 'interrupted, or the attempts could not be delivered'],
        ],
      },
    ],
  },
  flags: [SPEC],
  async run({ values: { spec } }) {
    const { runWorkerOf } = await import('../execution/worker.js')
    return runWorkerOf(spec)
  },
}
