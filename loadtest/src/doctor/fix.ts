import { isMap, isNode, isSeq, type Document, type Node } from 'yaml'
import type { SourceDocument } from './model/kube-object.js'
import type { Path } from './model/values.js'
import type { Edit, Finding } from './rule.js'

/**
 * Returns the text of one input with the edits of its findings. Comments and the order of fields stay. A document without an edit
 * keeps its bytes.
 */
export function fixedText(documents: readonly SourceDocument[], findings: readonly Finding[]): string {
  const [first] = documents
  if (first === undefined) return ''
  const edits = findings.flatMap((finding) => finding.edits)
  let fixed = ''
  let end = 0
  for (const source of documents) {
    const own = edits.filter(({ object }) => object.source === source)
    if (own.length === 0) continue
    const { document, text } = source
    const start = bodyStart(source)
    const stop = document.range?.[2] ?? text.length
    const style = styleOf(text.slice(start, stop))
    for (const edit of own) apply(document, edit)
    // What stands before the content, such as the marker and comments above it, keeps its bytes.
    document.commentBefore = null
    for (const node of firstNodes(document)) node.commentBefore = null
    document.directives = undefined as never
    const body = document.toString({
      lineWidth: 0,
      flowCollectionPadding: style.padding,
      indentSeq: style.indentSeq,
      indent: style.indent,
    })
    fixed += text.slice(end, start) + (body.endsWith('\n') ? body : `${body}\n`)
    end = stop
  }
  return fixed + first.text.slice(end)
}

/** The nodes that can own the comment above the content: the content, and its first key. */
function firstNodes({ contents }: Document): readonly Node[] {
  const key = isMap(contents) ? contents.items[0]?.key : undefined
  return [contents, key].filter((node): node is Node => isNode(node))
}

/** The offset of the first line of the content, or of the content itself if it stands behind the marker. */
function bodyStart({ document, text }: SourceDocument): number {
  const offset = document.contents?.range?.[0] ?? 0
  const line = text.lastIndexOf('\n', offset - 1) + 1
  return text.startsWith('---', line) ? offset : line
}

function apply(document: Document, { object, path, value }: Edit): void {
  const full = [...object.base, ...path]
  if (value === undefined) {
    document.deleteIn(full)
    return
  }
  // A comment behind a scalar stays with it.
  const existing = document.getIn(full, true) as { value?: unknown } | undefined
  if (existing !== undefined && !isMap(existing) && !isSeq(existing) && typeof value !== 'object') {
    existing.value = value
    delete (existing as { source?: string }).source
    return
  }
  openParents(document, full)
  document.setIn(full, typeof value === 'object' ? document.createNode(value) : value)
}

/** `strategy:` without a value, or with null, becomes a map. */
function openParents(document: Document, path: Path): void {
  for (let length = 1; length < path.length; length++) {
    const parent = path.slice(0, length)
    const node = document.getIn(parent)
    if (node === null || node === undefined) document.setIn(parent, document.createNode({}))
  }
}

/** The style of a text, as far as the printer of YAML has a setting for it. */
function styleOf(text: string): { readonly indent: number; readonly indentSeq: boolean; readonly padding: boolean } {
  const indent = /^\w[^\n]*:[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( +)\w/mu.exec(text)?.[1]?.length ?? 2
  const sequence = /^( *)[\w"'][^\n]*:[ \t]*(?:#[^\n]*)?\n( *)- /mu.exec(text)
  return {
    indent: Math.min(Math.max(indent, 1), 8),
    indentSeq: sequence === null || (sequence[2]?.length ?? 0) > (sequence[1]?.length ?? 0),
    padding: /\{ /u.test(text),
  }
}
