import { manifestOf } from './case-manifest.ts'
import type { LocalCase, Row } from './case.ts'
import { LOCAL } from './manifest.ts'
import { perform, runOf, saved } from './outcome.ts'
import { rowsOf } from './rows.ts'

/** Rolls out each case on the local target. */
export const runLocally = (cases: readonly LocalCase[], again: boolean): Promise<Row[]> =>
  rowsOf(cases, again, {
    runOf: (one, which) => runOf('local', one, which, flagsOf(one)),
    perform(run, one, which) {
      const preload = new URL('preload.mjs', import.meta.url).href
      const file = saved(run, manifestOf(one, which, LOCAL))
      return perform(run, ['--manifests', file, '--env', `NODE_OPTIONS=--import=${preload}`])
    },
  })

function flagsOf({ behaviour = {}, propagation = 'sync-1s' }: LocalCase): readonly string[] {
  const env = Object.entries(behaviour).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  return ['--rate', '40', '--propagation', propagation, ...env]
}
