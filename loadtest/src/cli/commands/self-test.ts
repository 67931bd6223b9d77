import type { CommandDefinition } from '../flags/command.js'
import type { FlagGroup } from '../flags/flag.js'

interface SelfTestValues {
  readonly json?: boolean
}

const OUTPUT: FlagGroup<SelfTestValues> = {
  heading: 'Output',
  flags: { json: { help: 'print the result to stdout as JSON' } },
}

/** `zero-drop self-test`: the check with which every proof begins, alone. */
export const selfTestCommand: CommandDefinition<SelfTestValues> = {
  name: 'self-test',
  summary: 'check that the harness finds the faults that it plants in its own traffic',
  help: {
    description:
      'Plants faults between the clients of the harness and a server of the harness, and checks that each fault is found ' +
      'and named. It takes seven seconds and stays on this machine. Every proof begins with it.',
    sections: [
      { heading: 'Examples', lines: ['zero-drop self-test', 'zero-drop self-test --json'] },
      {
        heading: 'Exit codes',
        items: [
          ['0', 'every planted fault was found and named, and no other fault was reported'],
          ['2', 'the command line cannot be used'],
          ['3', 'interrupted'],
          ['4', 'a fault was missed or misnamed: this harness would misjudge a service'],
        ],
      },
    ],
  },
  flags: [OUTPUT],
  async run({ values: { json = false } }) {
    const { runSelfTest } = await import('../execution/self-test.js')
    return runSelfTest(json)
  },
}
