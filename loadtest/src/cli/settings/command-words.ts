import { UsageError } from '../../base/errors.js'
import { parse } from 'shell-quote'

/**
 * The words of a command that was given as one flag, with quotes as in a shell. No shell runs it: SIGTERM must reach the program
 * itself.
 *
 * @param port what `{port}` stands for
 * @throws {UsageError} empty, or something that only a shell understands
 * @example words('command', 'node server.js --port {port}', '$(PORT)')
 */
export function words(flag: string, text: string, port: string): string[] {
  const found = parse(text, (name) => `\${${name}}`).map((word) => {
    if (typeof word === 'string') return word.replaceAll('{port}', port)
    if ('pattern' in word) return word.pattern
    const what = 'comment' in word ? '#' : word.op
    throw new UsageError(
      `--${flag}: ${JSON.stringify(what)} in ${JSON.stringify(text)} is for a shell: put it into quotes, or give --${flag} "sh -c '…; exec …'".`,
    )
  })
  if (found.length === 0) throw new UsageError(`--${flag}: the command is empty.`)
  return found
}
