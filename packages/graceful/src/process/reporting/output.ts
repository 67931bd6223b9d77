import type { Writable } from 'node:stream'

const pendingWrites = new Map<Writable, number>()
const ignore = (): void => {}

/** Writes to stdout or stderr without a crash: a stream whose reader has gone emits `error`, which would end the process. */
export function writeOutput(stream: Writable, text: string, onWritten: () => void = ignore): void {
  const pending = pendingWrites.get(stream) ?? 0
  if (pending === 0) stream.on('error', ignore)
  pendingWrites.set(stream, pending + 1)
  const written = (): void => {
    const left = pendingWrites.get(stream)! - 1
    pendingWrites.set(stream, left)
    if (left === 0) stream.off('error', ignore)
    onWritten()
  }
  stream.write(text, () => void setImmediate(written))
}

/**
 * Waits until the kernel has taken everything that was written to stdout and stderr, by the library or by the application.
 *
 * A pipe holds 64 KiB, and a socket pair about 280 lines. If its reader is slow, Node keeps the rest in the process, and
 * `process.exit` would discard it.
 */
export async function flushOutput(): Promise<void> {
  await Promise.all([flush(process.stdout), flush(process.stderr)])
}

async function flush(stream: Writable): Promise<void> {
  if (stream.writableLength === 0) return
  await new Promise<void>((resolve) => writeOutput(stream, '', resolve))
}
