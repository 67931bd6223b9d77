import { describe, expect, test } from 'vitest'
import { contenders, OURS } from '../contenders/contenders.ts'
import { applies } from '../conformance/row.ts'
import { chapters } from '../conformance/rows.ts'
import { attempt } from '../conformance/runner.ts'

const ours = contenders.find(({ name }) => name === OURS)!
const node = process.env['GRACEFUL_TEST_NODE'] ?? process.execPath

/** Runs every row on one version of Node. `pnpm evidence conformance` runs them on all versions, with the peers. */
describe.concurrent.each(chapters)('$title', ({ rows }) => {
  test.each(rows.filter((row) => applies(row, ours)))('$title', { timeout: 60_000 }, async (row) => {
    expect(await attempt(ours, row, node)).toBeUndefined()
  })
})
