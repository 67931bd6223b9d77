import { reasonOf, UsageError } from '../../base/errors.js'
import { accessSync, constants, createWriteStream, existsSync, mkdirSync, type WriteStream } from 'node:fs'
import { dirname, join } from 'node:path'

/** One file for each pod, with every line that it wrote. */
export interface LogFiles {
  write(pod: string, line: string): void
  close(): Promise<void>
}

/** @throws {UsageError} it cannot be made, or nothing can be written in it */
export function makeLogFolder(folder: string): void {
  try {
    makeFolder(folder)
  } catch (error) {
    throw new UsageError(`the folder ${folder} for logs cannot be made: ${reasonOf(error)}`, { cause: error })
  }
}

/** Not by `recursive`: where the system says ENOENT of a folder whose parent is there, as in /proc, Node tries for ever. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return accessSync(folder, constants.W_OK)
  makeFolder(dirname(folder))
  mkdirSync(folder)
}

/**
 * @param folder is made where it does not exist
 * @throws {UsageError} it cannot be made
 */
export function openLogFiles(folder: string): LogFiles {
  makeLogFolder(folder)
  const streams = new Map<string, WriteStream>()

  const streamOf = (pod: string): WriteStream => {
    const known = streams.get(pod)
    if (known !== undefined) return known
    const stream = createWriteStream(join(folder, `${pod}.log`))
    // A full disk costs the log, not the run.
    stream.on('error', () => {})
    streams.set(pod, stream)
    return stream
  }

  return {
    write(pod, line) {
      streamOf(pod).write(`${line}\n`)
    },
    async close() {
      await Promise.all(
        [...streams.values()].map((stream) => new Promise<void>((resolve) => stream.end(() => resolve()))),
      )
      streams.clear()
    },
  }
}
