import { EXIT, type ExitStatus } from '../../base/exit-status.js'
import { CLIENT_CLASSES } from '../../clients/index.js'
import { selfTest } from '../../proof/self-test/self-test.js'
import { selfTestText } from '../../verdict/self-test-result.js'
import { listenForInterrupts } from './output/interrupt.js'

/** Runs the self-test and prints its result as text or JSON. */
export async function runSelfTest(json: boolean): Promise<ExitStatus> {
  const interruption = listenForInterrupts(
    () => 'Nothing has to be restored.',
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
