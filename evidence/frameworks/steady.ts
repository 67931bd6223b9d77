import { watchForStalls } from '../base/stall.ts'
import type { Example } from './examples.ts'
import { shortfalls, trial, type Outcome, type Settings } from './trial.ts'

/** If this process stood still for longer than this, in ms, its clients were late, and a lost request says nothing about the service. */
const STALL = 300
const TRIES = 3

/** Runs an example with the preload. Repeats a run with a shortfall if this process stood still during it. */
export async function steadyTrial(example: Example, settings: Omit<Settings, 'preload'>): Promise<Outcome> {
  for (let triesLeft = TRIES - 1; ; triesLeft--) {
    const stall = watchForStalls()
    const outcome = await trial(example, { ...settings, preload: true })
    const longest = stall()
    if (longest < STALL || triesLeft === 0 || shortfalls(outcome).length === 0) return outcome
    console.log(`  ${example.name}: repeated, since this process stood still for ${Math.round(longest)} ms`)
  }
}
