import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as entry from '../src/index.js'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { exports: object }

test('the package exports createGraceful and nothing else, so that the seam for tests stays internal', () => {
  expect(Object.keys(entry)).toEqual(['createGraceful'])
  expect(Object.keys(manifest.exports)).toEqual(['.', './package.json'])
})
