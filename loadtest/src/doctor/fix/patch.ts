import { isDeepStrictEqual } from 'node:util'
import { isMap, isSeq, parseAllDocuments, type Document } from 'yaml'
import { KUBERNETES_YAML } from '../../inputs/yaml/kubernetes-yaml.js'
import { valueOf } from '../../inputs/yaml/parse-yaml.js'
import { isFields, type Path } from '../model/values.js'
import { appended, opened, replaced } from './write.js'
import { stepsTo, type Splice } from './ranges.js'
import { removed } from './remove.js'

/**
 * Returns the text of one document with another value at a path, or without that field if the value is undefined. Every other line
 * keeps its bytes.
 *
 * @returns undefined if the change cannot be made in this way: a part of the path is an alias, or is not what the object has.
 */
export function patched(text: string, path: Path, value: unknown): string | undefined {
  const document = only(text)
  if (document === undefined) return undefined
  const before = copyOf(document)
  const wanted = withValue(before, path, value)
  if (isDeepStrictEqual(before, wanted)) return text
  const splice = spliceOf(document, text, path, value)
  if (splice === undefined) return undefined
  const result = text.slice(0, splice.start) + splice.text + text.slice(splice.end)
  const after = only(result)
  // An anchor, a duplicate key or a style that is not known here can make another change of it.
  return after !== undefined && isDeepStrictEqual(copyOf(after), wanted) ? result : undefined
}

function only(text: string): Document | undefined {
  const documents = parseAllDocuments(text, { ...KUBERNETES_YAML, uniqueKeys: false, logLevel: 'silent' })
  const [document, ...others] = Array.isArray(documents) ? (documents as Document[]) : []
  return others.length === 0 && document?.errors.length === 0 ? document : undefined
}

/** A copy without identity, so that a change of an anchor does not change its aliases. */
const copyOf = (document: Document): unknown => JSON.parse(JSON.stringify(valueOf(document) ?? null))

function spliceOf(document: Document, text: string, path: Path, value: unknown): Splice | undefined {
  const steps = stepsTo(document, path)
  const isWhole = steps.length === path.length + 1
  if (value === undefined) return isWhole ? removed(text, steps) : undefined
  if (isWhole) return replaced(text, steps, value)
  const [key, ...below] = path.slice(steps.length - 1)
  const node = steps.at(-1)?.node
  if (typeof key !== 'string') return undefined
  const nested = below.reduceRight<unknown>((inner, each) => ({ [each]: inner }), value)
  if (isMap(node)) return appended(text, node, key, nested)
  return isSeq(node) ? undefined : opened(text, steps, { [key]: nested })
}

/** The value of a document after a change. What holds null becomes a map. A map that loses its last field goes with it. */
function withValue(body: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(body)) {
    const items: readonly unknown[] = body
    return items.flatMap((each, index) => (index === key ? (withValue(each, rest, value) ?? []) : [each]))
  }
  const { [key]: old, ...others } = isFields(body) ? body : {}
  const next = value === undefined && old === undefined ? undefined : withValue(old, rest, value)
  if (next !== undefined) return { ...others, [key]: next }
  return Object.keys(others).length === 0 ? undefined : others
}
