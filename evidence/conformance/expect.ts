/** Throws `seen`, a sentence about what was seen, unless the condition holds. */
export function expect(condition: boolean, seen: string): asserts condition {
  if (!condition) throw new Error(seen)
}
