import { isScalar, Scalar, type Node } from 'yaml'
import { parseYaml, valueOf } from '../../inputs/yaml/parse-yaml.js'
import { KubeObject } from '../model/kube-object.js'
import type { Path } from '../model/values.js'
import type { Patch } from './layers.js'

/** A patch whose document is at hand. */
export interface ParsedPatch extends Patch {
  readonly object: KubeObject
}

/** Returns the documents of a patch or of a kustomization. A text that is not YAML has none. */
export function patchesIn(given: string, file: string): readonly ParsedPatch[] {
  const { text, documents, lines } = parseYaml(given.replace(/^\uFEFF/u, ''))
  if (documents.some(({ errors }) => errors.length > 0)) return []
  return documents.flatMap((document) => {
    const body: unknown = valueOf(document)
    if (body === null || body === undefined) return []
    const source = { input: file, text, byteOrderMark: '', start: 0, lines, document, template: undefined }
    const object = new KubeObject(source, [], body)
    return [{ body, object, placeOf: (path) => object.place(path) }]
  })
}

/** Returns the documents of a patch that is the text of a field of a kustomization, with their places in it. */
export function inlinePatches(kustomization: ParsedPatch, path: Path, given: string): readonly Patch[] {
  const { file, line, column } = kustomization.placeOf(path)
  const scalar = nodeAt(kustomization, path)
  const isBlock = isScalar(scalar) && (scalar.type === Scalar.BLOCK_LITERAL || scalar.type === Scalar.BLOCK_FOLDED)
  const indent = isBlock ? indentBelow(kustomization, line, given) : 0
  return patchesIn(given, file).map(({ body, object }) => ({
    body,
    placeOf: (each) => {
      const place = object.place(each)
      return isBlock ? { file, line: line + place.line, column: indent + place.column } : { file, line, column }
    },
  }))
}

const nodeAt = (patch: ParsedPatch, path: Path): Node | undefined =>
  patch.object.source.document.getIn(path, true) as Node | undefined

/** The indentation of a block scalar whose header is on a line. */
function indentBelow(patch: ParsedPatch, line: number, given: string): number {
  const lines = patch.object.source.text.split('\n')
  const first = given.split('\n').findIndex((each) => each.trim() !== '')
  return Math.max(widthOf(lines[line + first]) - widthOf(given.split('\n')[first]), 0)
}

const widthOf = (text: string | undefined): number => /^ */u.exec(text ?? '')?.[0].length ?? 0
