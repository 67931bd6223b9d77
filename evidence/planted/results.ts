import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { languages } from './languages.ts'
import type { Score } from './score.ts'

/** The last result of each fault in one language. */
type Scores = Readonly<Record<string, Score>>

/** The results of each language, by its name. */
export type Results = Readonly<Record<string, Scores>>

const folder = new URL('../../node_modules/.cache/', import.meta.url)
const fileOf = (language: string): URL => new URL(`planted-${language.toLowerCase()}.json`, folder)

async function scoresOf(language: string): Promise<Scores> {
  return JSON.parse(await readFile(fileOf(language), 'utf8').catch(() => '{}')) as Scores
}

/** Adds a result to those of earlier runs, so that the table can be measured in parts. */
export async function keepResult(language: string, fault: string, score: Score): Promise<void> {
  const all = { ...(await scoresOf(language)), [fault]: score }
  await mkdir(folder, { recursive: true })
  await writeFile(fileOf(language), JSON.stringify(all))
}

export async function readResults(): Promise<Results> {
  const entries = languages.map(async ({ name }) => [name, await scoresOf(name)] as const)
  return Object.fromEntries(await Promise.all(entries))
}
