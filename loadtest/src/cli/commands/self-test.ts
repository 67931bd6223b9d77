import { CLIENT_CLASSES } from '../../clients/index.js'
import { EXIT } from '../../base/exit-status.js'
import type { ExitStatus } from '../../base/exit-status.js'
import { selfTestText } from '../../verdict/self-test-result.js'
import { selfTest } from '../../proof/self-test/self-test.js'
import { readFlags } from '../flags/flag.js'
import { selfTestHelp } from '../flags/help.js'
import { listenForInterrupts } from '../interrupt.js'
import { SELF_TEST_FLAGS } from '../flags/self-test-flags.js'

/**
 * `zero-drop self-test`: what every proof begins with, alone.
 *
 * @throws {UsageError}
 */
export async function selfTestCommand(args: readonly string[]): Promise<ExitStatus> {
  const given = readFlags(args, SELF_TEST_FLAGS)
  if (given.has('help')) {
    process.stdout.write(selfTestHelp())
    return EXIT.proven
  }
  const interruption = listenForInterrupts(
    () => 'Nothing is left behind.',
    (text) => process.stderr.write(text),
  )
  try {
    const result = await selfTest(CLIENT_CLASSES, interruption.signal)
    if (interruption.fault() !== undefined) throw interruption.fault()
    if (!result) return EXIT.inconclusive
    process.stdout.write(given.has('json') ? `${JSON.stringify(result)}\n` : selfTestText(result))
    return result.passed ? EXIT.proven : EXIT.harness
  } finally {
    interruption.uninstall()
  }
}
