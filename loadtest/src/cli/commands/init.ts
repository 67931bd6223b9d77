import { reasonOf, UsageError } from '../../base/errors.js'
import { existsSync, writeFileSync } from 'node:fs'
import { EXIT } from '../../base/exit-status.js'
import type { ExitStatus } from '../../base/exit-status.js'
import { parseProfile, PROFILE_FILE } from '../../inputs/profile/read-profile.js'
import { PATH_NAMES, profileTemplate } from '../../inputs/profile/template.js'
import { one, readFlags } from '../flags/flag.js'
import { initHelp } from '../flags/help.js'
import { INIT_FLAGS } from '../flags/init-flags.js'
import { fromHere } from '../settings/paths.js'

/**
 * `zero-drop init`: writes a commented `zero-drop.yaml` into the current folder.
 *
 * @throws {UsageError | HarnessError} there is one already, it cannot be written, or a path lacks what its entry needs
 */
export function initCommand(args: readonly string[]): Promise<ExitStatus> {
  const given = readFlags(args, INIT_FLAGS)
  if (given.has('help')) {
    process.stdout.write(initHelp())
    return Promise.resolve(EXIT.proven)
  }
  const name = one(given, 'name')
  const paths = Object.fromEntries(
    PATH_NAMES.map((key) => [key, one(given, key)] as const).filter(([, path]) => path !== undefined),
  )
  const text = profileTemplate({ ...(name === undefined ? {} : { name }), http2: given.has('http2'), paths })
  // What is written here must be readable there.
  parseProfile(text, PROFILE_FILE)
  const file = fromHere(PROFILE_FILE)
  if (existsSync(file) && !given.has('force')) {
    throw new UsageError(`${file} exists already; --force writes over it.`)
  }
  write(file, text)
  process.stdout.write(`Wrote ${file}. Say in it what the service offers, then: zero-drop prove\n`)
  return Promise.resolve(EXIT.proven)
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${reasonOf(error)}.`)
  }
}
