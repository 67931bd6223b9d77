import { examineAll, type ClusterFacts, type Examination } from '../examine.js'
import { groupsOf } from '../group.js'
import type { Input } from '../input/input.js'
import type { SourceDocument } from '../model/kube-object.js'
import { parseObjects } from '../model/parse.js'
import type { Finding } from '../rule.js'
import { patched } from './patch.js'

export interface Fixed {
  /** The inputs with their corrected text, in the same order. */
  readonly inputs: readonly Input[]
  /** The number of corrected findings. */
  readonly corrected: number
  /** Why inputs are left as they are, though their findings have corrections. */
  readonly uncorrected: readonly string[]
  /** The findings without a correction, with their places in the corrected text. */
  readonly left: Examination
}

/** A correction can show another mistake: two replicas on one node are one only after there are two. */
const MOST_ROUNDS = 10

/** Corrects all findings of inputs that have a correction. A line without a finding keeps its bytes. */
export function fix(inputs: readonly Input[], facts: ClusterFacts): Fixed {
  let current = inputs
  let corrected = 0
  for (let round = 0; ; round++) {
    const left = examineAll(groupsOf(current), facts)
    const { texts, done } = correct(left.findings)
    if (done === 0 || round === MOST_ROUNDS)
      return { inputs: current, corrected, left, uncorrected: uncorrectedIn(left) }
    corrected += done
    current = current.map((input) => withTexts(input, texts))
  }
}

function uncorrectedIn({ findings }: Examination): readonly string[] {
  const sources = findings.flatMap(({ edits }) => edits.map(({ object }) => object.source))
  const reasons = sources.flatMap(({ input, uncorrectable }) =>
    uncorrectable === undefined ? [] : [`${input} ${uncorrectable}`],
  )
  return [...new Set(reasons)]
}

type Texts = ReadonlyMap<SourceDocument, string>

/** Returns the new texts of documents. A finding is corrected as a whole, or not at all. */
export function correct(findings: readonly Finding[]): { readonly texts: Texts; readonly done: number } {
  const texts = new Map<SourceDocument, string>()
  const done = findings.filter(({ edits }) => {
    const changed = new Map<SourceDocument, string>()
    for (const { object, path, value } of edits) {
      const { source } = object
      if (source.uncorrectable !== undefined) return false
      const next = patched(changed.get(source) ?? textIn(texts, source), [...object.base, ...path], value)
      if (next === undefined) return false
      changed.set(source, next)
    }
    for (const [source, text] of changed) texts.set(source, text)
    return edits.length > 0
  })
  return { texts, done: done.length }
}

const endOf = ({ document, text }: SourceDocument): number => document.range?.[2] ?? text.length

const textIn = (texts: Texts, source: SourceDocument): string =>
  texts.get(source) ?? source.text.slice(source.start, endOf(source))

/** Returns the text of an input, with the new texts of its documents. */
export function textOf({ documents }: Pick<Input, 'documents'>, texts: Texts = new Map()): string {
  const last = documents.at(-1)
  if (last === undefined) return ''
  if (last.original !== undefined) return last.original
  const parts = documents.map((source) => textIn(texts, source))
  return `${last.byteOrderMark}${parts.join('')}${last.text.slice(endOf(last))}`
}

function withTexts(input: Input, texts: Texts): Input {
  // A Dockerfile has no documents, and no correction.
  if (input.documents.length === 0) return input
  const parsed = parseObjects(textOf(input, texts), input.name, input.documents[0]?.locate)
  return 'error' in parsed ? input : { ...input, ...parsed }
}
