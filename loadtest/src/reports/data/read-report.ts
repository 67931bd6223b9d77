import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { UsageError } from '../../base/errors.js'
import { readText } from '../../inputs/yaml/read-text.js'
import { SCHEMA_VERSION } from '../report.js'
import type { Report } from '../report.js'

/** A report of several runs with thousands of drops each, in MiB. */
const MOST = 256

const SCHEMA = new URL('../../../report.schema.json', import.meta.url)

/**
 * Reads a JSON report. Fields that this version does not know are ignored.
 *
 * @throws {UsageError} the file is no report, or a report with another `schemaVersion`
 */
export function readReport(file: string): Report {
  const value = parsed(file)
  const version: unknown = isObject(value) ? value['schemaVersion'] : undefined
  const tool: unknown = isObject(value) && isObject(value['tool']) ? value['tool']['name'] : undefined
  if (tool !== 'zero-drop' || typeof version !== 'number') {
    throw new UsageError(`${file} is not a report of zero-drop: name a file that --report has written`)
  }
  if (version !== SCHEMA_VERSION) {
    throw new UsageError(
      `${file} has schemaVersion ${version}, and this zero-drop reads ${SCHEMA_VERSION}: use the zero-drop that wrote it, or run it again`,
    )
  }
  const schema = z.fromJSONSchema(JSON.parse(readFileSync(SCHEMA, 'utf8')) as Parameters<typeof z.fromJSONSchema>[0])
  const { error } = schema.safeParse(value)
  const [problem] = error?.issues.filter(({ code }) => code !== 'unrecognized_keys') ?? []
  if (problem !== undefined) {
    const { version: writer } = (value as Report).tool
    throw new UsageError(
      `${file} does not fit this zero-drop at ${problem.path.join('.')} (${problem.message.replace('Invalid input: ', '')}): zero-drop ${writer} wrote it; use that one, or run it again`,
    )
  }
  return value as Report
}

function parsed(file: string): unknown {
  const text = readText(file, MOST)
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${file} is not JSON: name a file that --report has written`)
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
