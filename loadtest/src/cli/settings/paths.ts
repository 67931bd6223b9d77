import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository that this program is a part of. */
export const REPOSITORY: string = fileURLToPath(new URL('../../../..', import.meta.url))

/** Where the person was when they typed: package managers run scripts from the project's folder and say so. */
const here = (): string => (process.env['npm_lifecycle_event'] && process.env['INIT_CWD']) || process.cwd()

/** A path that the user gave. */
export const fromHere = (path: string): string => resolve(here(), path)

/** A path that should exist: as seen from where the user is or, failing that, from the repository's root. */
export function existing(path: string): string {
  const own = fromHere(path)
  const shared = resolve(REPOSITORY, path)
  return existsSync(own) || !existsSync(shared) ? own : shared
}
