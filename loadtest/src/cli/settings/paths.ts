import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root folder of this repository. */
export const REPOSITORY: string = fileURLToPath(new URL('../../../..', import.meta.url))

/** The user's current folder. A package manager runs a script in the folder of the project, and passes the user's in INIT_CWD. */
const here = (): string => (process.env['npm_lifecycle_event'] && process.env['INIT_CWD']) || process.cwd()

/** Returns the absolute path of a path that the user gave. */
export const fromHere = (path: string): string => resolve(here(), path)

/** Returns the absolute path of a default file: below the current folder, else below the root of the repository. */
export function defaultFile(path: string): string {
  const own = fromHere(path)
  return existsSync(own) ? own : resolve(REPOSITORY, path)
}
