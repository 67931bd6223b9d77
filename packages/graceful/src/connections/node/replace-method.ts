/**
 * Puts a function of the library's own in the place of a method of one object.
 *
 * @returns what puts the method back, unless somebody else has put another in its place since
 */
export function replaceMethod<T extends object, K extends keyof T>(owner: T, name: K, by: T[K]): () => void {
  const own = Object.hasOwn(owner, name)
  const before = owner[name]
  owner[name] = by
  return () => {
    if (owner[name] !== by) return
    if (own) owner[name] = before
    else delete owner[name]
  }
}
