import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { TargetError } from '../target.js'

/** One file for each pod, with every line that it wrote. */
export interface LogFiles {
  write(pod: string, line: string): void
  close(): Promise<void>
}

/**
 * @param folder is made where it does not exist
 * @throws {TargetError} usage: it cannot be made
 */
export function openLogFiles(folder: string): LogFiles {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new TargetError('usage', `the folder ${folder} for logs cannot be made: ${code}`, { cause: error })
  }
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
