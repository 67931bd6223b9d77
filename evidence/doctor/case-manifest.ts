import { examine } from '../../loadtest/dist/doctor/examine.js'
import { parseObjects } from '../../loadtest/dist/doctor/model/parse.js'
import type { Case, Which } from './case.ts'
import { manifest, type Place } from './manifest.ts'

/** Returns the manifest of a case, with its mistake or with its correction. */
export function manifestOf({ both = {}, wrong, right = {} }: Case, which: Which, place: Place): string {
  return manifest(place, both, which === 'wrong' ? wrong : right)
}

/** Returns the rules that find something in a manifest. */
export function rulesIn(text: string): readonly string[] {
  const parsed = parseObjects(text, 'manifest')
  if ('error' in parsed) throw new Error(parsed.error)
  return examine(parsed.objects).findings.map(({ rule }) => rule.id)
}
