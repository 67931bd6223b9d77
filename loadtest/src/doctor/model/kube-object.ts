import { isAlias, isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml'
import { dig, fields, labels, text, type Path } from './values.js'

/** A place in the input. Lines and columns start at 1. */
export interface Place {
  /** The file as the user named it, the template that Helm names, or an object of a cluster. */
  readonly file: string
  /** 0: not known. */
  readonly line: number
  readonly column: number
  /** The line in Helm output, if `file` is its template. */
  readonly rendered?: { readonly file: string; readonly line: number }
}

/** Finds the place of a field in the source of what a tool has rendered. */
export type Locate = (object: KubeObject, path: Path) => Place | undefined

/** One YAML document of an input. */
export interface SourceDocument {
  readonly input: string
  /** The text of the input, without a byte order mark. */
  readonly text: string
  readonly byteOrderMark: string
  /** The given text, if the parser needed another one. */
  readonly original?: string
  /** Why a corrected text would be no correction, as the end of a sentence that begins with the name of the input. */
  uncorrectable?: string
  /** The offset of the document in the text. */
  readonly start: number
  readonly lines: LineCounter
  readonly document: Document
  /** The name in Helm's comment `# Source:`. */
  readonly template: string | undefined
  readonly locate?: Locate
}

/** One Kubernetes object, with the places of its fields. */
export class KubeObject {
  readonly source: SourceDocument
  /** The path of the object in the document: empty, or `items[0]` in a List. */
  readonly base: Path
  readonly body: unknown
  readonly kind: string
  readonly apiVersion: string
  readonly name: string
  /** Undefined: the namespace of the `kubectl apply`. */
  readonly namespace: string | undefined

  constructor(source: SourceDocument, base: Path, body: unknown) {
    this.source = source
    this.base = base
    this.body = body
    const { kind, apiVersion, metadata } = fields(body)
    this.kind = text(kind) ?? ''
    this.apiVersion = text(apiVersion) ?? ''
    this.name = text(fields(metadata)['name']) ?? text(fields(metadata)['generateName']) ?? '(no name)'
    this.namespace = text(fields(metadata)['namespace'])
  }

  /** @example `Deployment cloud/shop` */
  get title(): string {
    return `${this.kind} ${this.namespace === undefined ? '' : `${this.namespace}/`}${this.name}`
  }

  get annotations(): Readonly<Record<string, string>> {
    return labels(this.get('metadata', 'annotations'))
  }

  get(...path: Path): unknown {
    return dig(this.body, path)
  }

  /** Returns the place of a field. A field that does not exist has the place of the nearest field above it. */
  place(path: Path): Place {
    const { input, template, lines, locate } = this.source
    const located = locate?.(this, path)
    if (located !== undefined && template === undefined) return located
    const { line, col } = lines.linePos(this.offsets(path).at(-1) ?? 0)
    return located === undefined ? { file: input, line, column: col } : { ...located, rendered: { file: input, line } }
  }

  /** Returns the lines of a field and of every field above it, from the object down. */
  linesOf(path: Path): readonly number[] {
    return this.offsets(path).map((offset) => this.source.lines.linePos(offset).line)
  }

  /** The last line of the object, or of its document with the comments at its end. */
  get lastLine(): number {
    const { document, lines } = this.source
    const range = this.base.length === 0 ? document.range : (this.#node() as Node | undefined)?.range
    return lines.linePos(range?.[2] ?? 0).line
  }

  #node(): unknown {
    const { document } = this.source
    let node: unknown = document.contents
    for (const key of this.base) node = child(document, node, key)?.value
    return node
  }

  /** Returns whether the manifest has the field. */
  has(path: Path): boolean {
    return this.get(...path) !== undefined
  }

  /** The offsets of the object and of the fields on a path, as far as they exist. */
  protected offsets(path: Path): number[] {
    const { document } = this.source
    let node = this.#node()
    const found = [startOf(node)]
    for (const key of path) {
      const next = child(document, node, key)
      if (next === undefined) break
      found.push(next.offset)
      node = next.value
    }
    return found
  }
}

interface Child {
  readonly offset: number
  readonly value: unknown
}

/** Returns a field with its place, which is that of the anchor for an alias or a merged map. The last of several equal keys counts. */
function child(document: Document, given: unknown, key: string | number): Child | undefined {
  const node = isAlias(given) ? given.resolve(document) : given
  if (isSeq(node) && typeof key === 'number' && key in node.items) {
    const value: unknown = node.items[key]
    return { offset: startOf(value), value }
  }
  if (!isMap(node)) return undefined
  const pairOf = (wanted: string | number) =>
    node.items.findLast((item) => isScalar(item.key) && (item.key.source ?? String(item.key.value)) === String(wanted))
  const own = pairOf(key)
  if (own !== undefined) return { offset: startOf(own.key), value: own.value }
  const merged = pairOf('<<')?.value
  for (const each of isSeq(merged) ? merged.items : [merged]) {
    const found = each === undefined ? undefined : child(document, each, key)
    if (found !== undefined) return found
  }
  return undefined
}

const startOf = (node: unknown): number => (node as Node | undefined)?.range?.[0] ?? 0
