import { expect, it } from 'vitest'
import { visible } from '../../src/base/text.ts'

it('control characters of a service become visible, line breaks stay', () => {
  const hostile = 'a\u001b[2Jb\u0007\tc\rd\ne\u009b31mé'
  expect(visible(hostile)).toBe('a\\x1b[2Jb\\x07 c\\x0dd\ne\\x9b31mé')
})
