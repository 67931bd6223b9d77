import type { Random } from '../../../base/random.js'

/** The letters and digits of generated names. Without vowels no words appear (k8s.io/apimachinery `util/rand`). */
const NAME_CHARACTERS = 'bcdfghjklmnpqrstvwxz2456789'

/** Returns text as Kubernetes generates it for names. */
export function generateName(random: Random, length: number): string {
  return Array.from({ length }, () => NAME_CHARACTERS[random.whole(0, NAME_CHARACTERS.length - 1)]).join('')
}
