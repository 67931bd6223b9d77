import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { parse } from 'shell-quote'
import { UsageError } from '../../base/errors.js'
import { invalid } from '../flags/values.js'

/**
 * Splits a command into words, with quotes as in a shell. No shell runs the command, because SIGTERM must reach the program
 * and not the shell.
 *
 * @param flag for the error message
 * @param port replaces `{port}`
 * @throws {UsageError} the command is empty, or needs a shell
 * @example commandWords('--command', 'node server.js --port {port}', '8080') // ['node', 'server.js', '--port', '8080']
 */
export function commandWords(flag: string, command: string, port: string): string[] {
  const found = parse(command, (name) => `\${${name}}`).map((word) => {
    if (typeof word === 'string') return word.replaceAll('{port}', port)
    if ('pattern' in word) return word.pattern
    const operator = JSON.stringify('comment' in word ? '#' : word.op)
    throw invalid(
      flag,
      command,
      `no shell runs it, and only a shell understands ${operator}; quote it, or give ${flag} "sh -c '…; exec …'"`,
    )
  })
  if (found.length === 0) throw invalid(flag, command, 'give a program and its arguments')
  return found
}

/**
 * Checks before the run that a command names a program that can be started.
 *
 * @param flag for the error message
 * @param cwd folder in which the program will run
 * @param path the PATH with which the program will run
 * @throws {UsageError}
 */
export function assertExecutable(flag: string, [program = '']: readonly string[], cwd: string, path: string): void {
  if (program.includes('/')) {
    if (isExecutable(resolve(cwd, program))) return
    throw new UsageError(`${flag} cannot start ${resolve(cwd, program)}: it is not an executable file; check the path`)
  }
  if (path.split(delimiter).some((folder) => isExecutable(join(resolve(cwd, folder), program)))) return
  throw new UsageError(`${flag} cannot start ${program}: it is not on the PATH; install it, or give its full path`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
