/** Returns the candidate that differs from `text` in the fewest characters, if they differ in less than half of them. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: distanceBetween(text, candidate) }))
    .filter(({ candidate, distance }) => distance < Math.max(text.length, candidate.length) / 2)
    .toSorted((left, right) => left.distance - right.distance)
  return best?.candidate
}

/** Levenshtein's distance: how many characters to insert, delete or replace. */
function distanceBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [index, character] of left.split('').entries()) {
    const next = [index + 1]
    for (const [at, other] of right.split('').entries())
      next.push(Math.min(row[at]! + (character === other ? 0 : 1), row[at + 1]! + 1, next[at]! + 1))
    row = next
  }
  return row.at(-1)!
}
