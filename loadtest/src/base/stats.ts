import { statSync, type Stats } from 'node:fs'
import { reasonOf, UsageError } from './errors.js'

/**
 * Returns the type and the size of a path that the user named; undefined if it does not exist.
 *
 * @throws {UsageError} the path cannot be followed: a folder in it is not accessible, or its links lead nowhere
 */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(error).split('\n')[0]}; name another path`, {
      cause: error,
    })
  }
}
