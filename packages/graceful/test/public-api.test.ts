import { readFileSync } from 'node:fs'
import { expect, expectTypeOf, test } from 'vitest'
import * as entry from '../src/index.js'
import type { AdaptiveDelay, AdminOptions, GracefulOptions, HookOptions, ReadinessCheckOptions } from '../src/index.js'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { exports: object }

test('the package exports createGraceful and nothing else, so that the seam for tests stays internal', () => {
  expect(Object.keys(entry)).toEqual(['createGraceful'])
  expect(Object.keys(manifest.exports)).toEqual(['.', './register', './package.json'])
})

/** The optional properties of T that do not accept `undefined` under `exactOptionalPropertyTypes`. */
type Exact<T> = {
  [K in keyof T]-?: object extends Pick<T, K> ? (undefined extends Required<T>[K] ? never : K) : never
}[keyof T]

test('every optional option accepts undefined, as it does at run time', () => {
  expectTypeOf<Exact<{ a?: number; b?: number | undefined; c: number }>>().toEqualTypeOf<'a'>()
  expectTypeOf<Exact<GracefulOptions>>().toBeNever()
  expectTypeOf<Exact<AdaptiveDelay>>().toBeNever()
  expectTypeOf<Exact<AdminOptions>>().toBeNever()
  expectTypeOf<Exact<HookOptions>>().toBeNever()
  expectTypeOf<Exact<ReadinessCheckOptions>>().toBeNever()
})
