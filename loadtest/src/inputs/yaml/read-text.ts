import { closeSync, openSync, readSync } from 'node:fs'
import { isatty } from 'node:tty'
import { reasonOf, UsageError } from '../../base/errors.js'

/** More than any profile, and than the manifests of a large system, in MiB. */
const MOST = 16
/** `kubectl get` prints all objects of a cluster as one text. */
const MOST_OF_STANDARD_INPUT = 64

/**
 * Reads a text file. Devices and pipes that never end are refused.
 *
 * @param most the size that is accepted, in MiB. Default: 16.
 * @throws {UsageError} the file cannot be read, or is larger
 */
export function readText(file: string, most: number = MOST): string {
  try {
    const descriptor = openSync(file, 'r')
    try {
      return readAll(descriptor, file, most)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${file} cannot be read: ${reasonOf(error).split('\n')[0]}`, { cause: error })
  }
}

let standardInput: string | undefined

/**
 * Returns the text of the standard input, which is read once, so that several proofs and the doctor can use it.
 *
 * @throws {UsageError} it is a terminal, is empty, or has more than 64 MiB
 */
export function readStandardInput(): string {
  if (isatty(0)) {
    throw new UsageError(
      "the standard input is a terminal: pipe the manifests into it, as in 'helm template CHART | zero-drop …'",
    )
  }
  standardInput ??= readAll(0, 'the standard input', MOST_OF_STANDARD_INPUT)
  if (standardInput.trim() === '') throw new UsageError('the standard input is empty: pipe the manifests into it')
  return standardInput
}

function readAll(descriptor: number, file: string, most: number): string {
  const parts: Buffer[] = []
  let size = 0
  for (;;) {
    const part = Buffer.allocUnsafe(1 << 20)
    const length = readOrWait(descriptor, part)
    if (length === 0) return decoded(Buffer.concat(parts))
    size += length
    if (size > most * 1_024 * 1_024)
      throw new UsageError(`${file} has more than ${most} MiB, which is more than zero-drop reads; name another file`)
    parts.push(part.subarray(0, length))
  }
}

/** As kubectl: a byte order mark chooses UTF-16, which the redirection of PowerShell writes. */
function decoded(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString('utf16le')
  return bytes.toString('utf8')
}

/** Another process can have made the standard input non-blocking. Then a read fails until the writer has written. */
function readOrWait(descriptor: number, part: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, part)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
