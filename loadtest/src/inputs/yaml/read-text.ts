import { closeSync, openSync, readSync } from 'node:fs'
import { reasonOf, UsageError } from '../../base/errors.js'

/** More than any profile, and than the manifests of a large system, in bytes. */
const MOST = 16 * 1024 * 1024

/**
 * Reads a text file. Devices and pipes that never end are refused.
 *
 * @throws {UsageError} the file cannot be read, or has more than 16 MiB
 */
export function readText(file: string): string {
  try {
    const descriptor = openSync(file, 'r')
    try {
      const parts: Buffer[] = []
      let size = 0
      for (;;) {
        const part = Buffer.allocUnsafe(1 << 20)
        const length = readSync(descriptor, part)
        if (length === 0) return Buffer.concat(parts).toString('utf8')
        size += length
        if (size > MOST)
          throw new UsageError(`${file} has more than 16 MiB, which is more than zero-drop reads; name another file`)
        parts.push(part.subarray(0, length))
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${file} cannot be read: ${reasonOf(error).split('\n')[0]}`, { cause: error })
  }
}
