/** Returns the candidate that a mistyped word probably means; undefined if none is similar. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, far: distance(word, candidate) }))
    .toSorted((left, right) => left.far - right.far)
  const best = ranked[0]
  return best && best.far <= Math.ceil(word.length / 3) ? best.candidate : undefined
}

/** Returns the Levenshtein distance. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [index, letter] of left.split('').entries()) {
    const next = [index + 1]
    for (const [column, other] of right.split('').entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
