/**
 * Replaces a method of one object.
 *
 * @returns a function that restores the method, unless other code has replaced it since
 */
export function replaceMethod<T extends object, K extends keyof T>(owner: T, name: K, replacement: T[K]): () => void {
  const own = Object.hasOwn(owner, name)
  const before = owner[name]
  owner[name] = replacement
  return () => {
    if (owner[name] !== replacement) return
    if (own) owner[name] = before
    else delete owner[name]
  }
}
