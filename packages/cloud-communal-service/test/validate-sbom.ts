import { text } from 'node:stream/consumers'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'

// Validates a software bill of materials on stdin against the strict JSON schema of CycloneDX 1.6, which rejects
// unknown fields. Exit code: 0 the bill is valid; 1 it is not, with the reason on stderr.

const problemOf = async (bill: string): Promise<string | undefined> => {
  try {
    const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(bill)
    return problem === null ? undefined : JSON.stringify(problem, undefined, 2)
  } catch (error) {
    // Without its optional packages the library throws instead of validating.
    return (error as Error).message
  }
}

const problem = await problemOf(await text(process.stdin))
if (problem === undefined) console.log('valid CycloneDX 1.6')
else console.error(`not CycloneDX 1.6: ${problem}`)
process.exitCode = problem === undefined ? 0 : 1
