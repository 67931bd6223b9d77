import { LineCounter, parseAllDocuments, type Document } from 'yaml'
import { KUBERNETES_YAML } from './kubernetes-yaml.js'
import { lenient } from './lenient.js'

/** A parsed YAML or JSON text. */
export interface Yaml {
  /** The text that the offsets of the documents count in. It has the lines of the given text. */
  readonly text: string
  readonly documents: readonly Document[]
  readonly lines: LineCounter
}

/**
 * Parses a text as kubectl does, which accepts some texts that are not YAML 1.2.
 *
 * @param given the text, without a byte order mark
 */
export function parseYaml(given: string): Yaml {
  // A carriage return alone is a line break, and a byte order mark may begin a document.
  const text = given.replaceAll(/\r(?!\n)/gu, '\n').replaceAll(/(?<=^---[^\n]*\n)\uFEFF/gmu, '')
  const parsed = parse(text)
  if (!hasErrors(parsed)) return parsed
  const other = lenient(text)
  const again = other === text ? parsed : parse(other)
  return hasErrors(again) ? parsed : again
}

/** kubectl has no limit for the aliases of small values, such as the name of an image. */
const MOST_ALIASES = 10_000

/**
 * Returns the value of a document.
 *
 * @throws {Error} an alias contains itself, the values are nested too deeply, or the aliases expand to too much
 */
export function valueOf(document: Document): unknown {
  try {
    return withoutLoops(document.toJS({ maxAliasCount: MOST_ALIASES }), 0)
  } catch (error) {
    throw error instanceof RangeError ? new Error(TOO_DEEP, { cause: error }) : error
  }
}

const TOO_DEEP = 'the values are nested too deeply, or an alias contains itself'
/** Deeper than any manifest, and less deep than the stack. */
const DEEPEST = 500

function withoutLoops(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEEPEST) throw new Error(TOO_DEEP)
  for (const each of Object.values(value)) withoutLoops(each, depth + 1)
  return value
}

function parse(text: string): Yaml {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, {
    ...KUBERNETES_YAML,
    lineCounter: lines,
    uniqueKeys: false,
    logLevel: 'silent',
  })
  // The parser returns an empty stream as an object without documents.
  return { text, documents: Array.isArray(documents) ? (documents as Document[]) : [], lines }
}

const hasErrors = ({ documents }: Yaml): boolean => documents.some(({ errors }) => errors.length > 0)
