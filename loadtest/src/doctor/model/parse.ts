import { parseYaml, valueOf } from '../../inputs/yaml/parse-yaml.js'
import { withoutNulls } from '../../inputs/yaml/without-nulls.js'
import { KubeObject, type Locate, type SourceDocument } from './kube-object.js'
import { isFields, list, text } from './values.js'

/** The objects of one input, or the reason why it cannot be read. */
export type Parsed =
  | { readonly objects: readonly KubeObject[]; readonly documents: readonly SourceDocument[] }
  | { readonly error: string; readonly line: number }

/**
 * Reads the Kubernetes objects of a YAML or JSON text. Documents that are no Kubernetes objects are left out.
 *
 * @param locate finds the places of fields in the source of a rendered text.
 */
export function parseObjects(given: string, input: string, locate?: Locate): Parsed {
  // The offsets of the parser count from after a byte order mark.
  const byteOrderMark = given.startsWith('\uFEFF') ? '\uFEFF' : ''
  const { text: content, documents: parsed, lines } = parseYaml(given.slice(byteOrderMark.length))
  const original =
    byteOrderMark + content === given
      ? {}
      : { original: given, uncorrectable: 'is YAML for kubectl alone: correct it by hand' }
  const documents: SourceDocument[] = []
  const objects: KubeObject[] = []
  let end = 0
  for (const document of parsed) {
    const [error] = document.errors
    if (error !== undefined) return { error: problemOf(error.message), line: lines.linePos(error.pos[0]).line }
    const head = content.slice(end, document.contents?.range?.[0] ?? end)
    const template = /^# Source: (.+?)\s*$/mu.exec(head)?.[1]
    const start = end
    end = document.range?.[2] ?? end
    const source: SourceDocument = {
      input,
      text: content,
      byteOrderMark,
      ...original,
      start,
      lines,
      document,
      template,
      ...(locate === undefined ? {} : { locate }),
    }
    documents.push(source)
    try {
      objects.push(...objectsOf(source, withoutNulls(valueOf(document))))
    } catch (problem) {
      // Aliases can expand a small file to gigabytes. The parser refuses that.
      return { error: problem instanceof Error ? problem.message : String(problem), line: 1 }
    }
  }
  return { objects, documents }
}

function objectsOf(source: SourceDocument, body: unknown): KubeObject[] {
  if (!isFields(body)) return []
  const kind = text(body['kind'])
  if (kind === undefined || text(body['apiVersion']) === undefined) return []
  if (!kind.endsWith('List') || !Array.isArray(body['items'])) return [new KubeObject(source, [], body)]
  return list(body['items']).flatMap((item, index) =>
    isFields(item)
      ? [new KubeObject(source, ['items', index], { apiVersion: 'v1', kind: kind.slice(0, -4), ...item })]
      : [],
  )
}

/** The parser adds the place, which the finding has, and the lines around it. */
const problemOf = (message: string): string =>
  message.startsWith('Maximum call stack')
    ? 'the values are nested too deeply'
    : (message.split('\n')[0] ?? '').replace(/(?: at line \d+, column \d+)?:?$/u, '')
