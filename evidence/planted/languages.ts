import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A language in which the service is written. */
export interface Language {
  readonly name: string
  /** Prints the version, for the page. Fails if the toolchain is not on this machine. */
  readonly version: readonly string[]
  /** Builds the service in a folder. Returns its command. */
  readonly prepare: (folder: string) => readonly string[]
}

const source = (name: string): string => join(import.meta.dirname, 'services', name)

export const languages: readonly Language[] = [
  { name: 'Node', version: [process.execPath, '--version'], prepare: () => [process.execPath, source('server.mjs')] },
  { name: 'Python', version: ['python3', '--version'], prepare: () => ['python3', source('server.py')] },
  {
    name: 'Go',
    version: ['go', 'version'],
    prepare: (folder) => {
      const program = join(folder, 'server')
      execFileSync('go', ['build', '-o', program, source('server.go')])
      return [program]
    },
  },
  {
    name: 'Java',
    version: ['javac', '-version'],
    prepare: (folder) => {
      execFileSync('javac', ['-d', folder, source('Server.java')], { stdio: 'ignore' })
      return ['java', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', folder, 'Server']
    },
  },
]

/** The version of a toolchain in one line; undefined if it is not on this machine. */
export function versionOf({ version: [file = '', ...args] }: Language): string | undefined {
  try {
    const text = execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return /\d+(?:\.\d+)+/u.exec(text)?.[0]
  } catch {
    return undefined
  }
}

/** Creates a folder for programs that are built. It goes with this process. */
export function buildFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // `npm start` runs the command in the variable.
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, scripts: { start: '$SERVICE' } }))
  return folder
}
