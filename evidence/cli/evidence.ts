import { UsageError } from '../../loadtest/dist/base/errors.js'
import { nearest } from '../../loadtest/dist/base/nearest.js'
import { names, type Entry } from './names.ts'

const list = (): string => {
  const width = Math.max(...names.map(({ name }) => name.length))
  return names.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')
}

const overview = (): string => `pnpm evidence NAME [flags]; \`pnpm evidence NAME --help\` shows the flags\n\n${list()}`

function unknown(name: string): string {
  const similar = nearest(
    name,
    names.map((entry) => entry.name),
  )
  const hint = similar === undefined ? '`pnpm evidence` lists the names' : `did you mean \`${similar}\`?`
  return `unknown name \`${name}\`: ${hint}`
}

async function run({ name, load }: Entry, args: readonly string[]): Promise<number> {
  const program = await load()
  if (args.includes('--help')) {
    console.log(program.usage)
    return 0
  }
  try {
    return await program.run(args)
  } catch (error) {
    if (isUsageError(error)) console.error(`${name}: ${error.message}\n\n${program.usage}`)
    else console.error(error)
    return 2
  }
}

const isUsageError = (error: unknown): error is Error =>
  error instanceof UsageError ||
  (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))

/**
 * Runs `pnpm evidence NAME [flags]` and returns its exit code: that of the program, or 2 if the command line is wrong or the program
 * failed to finish.
 */
export async function evidence([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help') {
    console.log(overview())
    return 0
  }
  const entry = names.find((one) => one.name === name)
  if (entry !== undefined) return run(entry, args)
  console.error(unknown(name))
  return 2
}
