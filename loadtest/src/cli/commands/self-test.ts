import { EXIT, type ExitStatus } from '../../base/exit-status.js'
import { CLIENT_CLASSES } from '../../clients/index.js'
import { selfTest } from '../../proof/self-test/self-test.js'
import { selfTestText } from '../../verdict/self-test-result.js'
import type { CommandDefinition } from '../flags/command.js'
import type { FlagGroup } from '../flags/flag.js'
import { listenForInterrupts } from '../interrupt.js'

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
        heading: 'Exit status',
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
  run: ({ values: { json = false } }) => runSelfTest(json),
}

async function runSelfTest(json: boolean): Promise<ExitStatus> {
  const interruption = listenForInterrupts(
    () => 'Nothing is left behind.',
    (text) => process.stderr.write(text),
  )
  try {
    const result = await selfTest(CLIENT_CLASSES, interruption.signal)
    if (interruption.fault() !== undefined) throw interruption.fault()
    if (!result) return EXIT.inconclusive
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : selfTestText(result))
    return result.passed ? EXIT.proven : EXIT.harness
  } finally {
    interruption.uninstall()
  }
}
