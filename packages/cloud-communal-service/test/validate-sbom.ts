import { text } from 'node:stream/consumers'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'

// validate-sbom: holds a software bill of materials, from stdin, against the JSON schema of CycloneDX 1.6 in its strict form: what the
// schema does not know is wrong. Exit status: 0 it is valid, 1 it is not; what is wrong is said.

const problemOf = async (bill: string): Promise<string | undefined> => {
  try {
    const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(bill)
    return problem === null ? undefined : JSON.stringify(problem, undefined, 2)
  } catch (error) {
    // Without its optional packages the library validates nothing, and says so with an error.
    return (error as Error).message
  }
}

const problem = await problemOf(await text(process.stdin))
if (problem === undefined) console.log('valid CycloneDX 1.6')
else console.error(`not CycloneDX 1.6: ${problem}`)
process.exitCode = problem === undefined ? 0 : 1
