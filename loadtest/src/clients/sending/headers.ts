import { merged } from '../../base/wire/access.js'
import type { Header } from '../../base/wire/access.js'
import type { Origin } from '../../base/wire/http1/origin.js'

const OWN: readonly Header[] = [
  ['User-Agent', 'zero-drop'],
  ['Accept', '*/*'],
]
const NONE: readonly Header[] = []
const known = new WeakMap<Origin, WeakMap<readonly Header[], readonly Header[]>>()

/**
 * Returns the headers of a request apart from those that the connection decides. The headers of the planned request come first, then
 * those of the user, then those of zero-drop. The same list of a profile always gives the same result, which is made once.
 */
export function headersOf(origin: Origin, planned: readonly Header[] = NONE): readonly Header[] {
  const ofOrigin = known.get(origin) ?? new WeakMap<readonly Header[], readonly Header[]>()
  known.set(origin, ofOrigin)
  const found = ofOrigin.get(planned)
  if (found !== undefined) return found
  const made = merged(OWN, origin.headers, planned)
  ofOrigin.set(planned, made)
  return made
}
