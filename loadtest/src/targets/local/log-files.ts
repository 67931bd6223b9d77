import { reasonOf, UsageError } from '../../base/errors.js'
import { withoutSecrets } from '../../base/secrets.js'
import { accessSync, constants, createWriteStream, existsSync, mkdirSync, type WriteStream } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file for each pod, with every line that it printed, apart from the secrets of the user. */
export interface LogFiles {
  write(pod: string, line: string): void
  close(): Promise<void>
}

/**
 * Creates a folder for logs if it does not exist.
 *
 * @throws {UsageError} the folder cannot be created, or is not writable.
 */
export function makeLogFolder(folder: string): void {
  try {
    makeFolder(folder)
  } catch (error) {
    throw new UsageError(`the log folder ${folder} cannot be created: ${reasonOf(error)}; name another with --logs`, {
      cause: error,
    })
  }
}

/** Without `recursive`, because Node tries forever if the system answers ENOENT for a folder with a parent, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return accessSync(folder, constants.W_OK)
  makeFolder(dirname(folder))
  mkdirSync(folder)
}

/**
 * Opens the log files of a run.
 *
 * @param folder created if it does not exist.
 * @throws {UsageError} the folder cannot be created, or is not writable.
 */
export function openLogFiles(folder: string): LogFiles {
  makeLogFolder(folder)
  const streams = new Map<string, WriteStream>()

  const streamOf = (pod: string): WriteStream => {
    const known = streams.get(pod)
    if (known !== undefined) return known
    const stream = createWriteStream(join(folder, `${pod}.log`))
    // A full disk must not end the run.
    stream.on('error', () => {})
    streams.set(pod, stream)
    return stream
  }

  return {
    write(pod, line) {
      streamOf(pod).write(`${withoutSecrets(line)}\n`)
    },
    async close() {
      await Promise.all(
        [...streams.values()].map((stream) => new Promise<void>((resolve) => stream.end(() => resolve()))),
      )
      streams.clear()
    },
  }
}
