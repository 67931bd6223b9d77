import { UsageError } from '../../base/errors.js'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/**
 * Says before the run, and not after the service's, that a command names no program.
 *
 * @param cwd where it will run
 * @param path the PATH that it will run with
 * @throws {UsageError}
 */
export function assertProgram(flag: string, [program = '']: readonly string[], cwd: string, path: string): void {
  if (program.includes('/')) {
    if (isProgram(resolve(cwd, program))) return
    throw new UsageError(`--${flag}: ${resolve(cwd, program)} is no program that can be started.`)
  }
  if (path.split(delimiter).some((folder) => isProgram(join(resolve(cwd, folder), program)))) return
  throw new UsageError(`--${flag}: there is no program ${JSON.stringify(program)} on the PATH.`)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
