import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../base/zero-drop.ts'

/** The sections of ARCHITECTURE.md that have maps, and the folder that the maps of each describe. */
const FOLDERS: Record<string, string> = {
  'packages/graceful': 'packages/graceful/src',
  'packages/cloud-communal-service': 'packages/cloud-communal-service/src',
  loadtest: 'loadtest/src',
  k8s: 'k8s',
  evidence: 'evidence',
}

const FILE_NAME = /[\w.-]+\.(?:ts|mjs|yaml|json|sh|md)\b/gu

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '')

function countByName(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

const architecture = readFileSync(`${ROOT}ARCHITECTURE.md`, 'utf8')
const sections = architecture.split(/^## /mu)
const mapsOf = (section: string): string =>
  [...section.matchAll(/^```\n([^]*?)^```/gmu)].map(([, map]) => map).join('\n')

describe.each(Object.entries(FOLDERS))('the maps of %s in ARCHITECTURE.md', (name, folder) => {
  const maps = mapsOf(sections.find((text) => text.startsWith(`\`${name}\``)) ?? '')
  const listed = countByName(maps.match(FILE_NAME) ?? [])
  const existing = tracked.filter((file) => file.startsWith(`${folder}/`))

  it('list every file', () => {
    const missing = [...countByName(existing.map((file) => basename(file)))].filter(
      ([file, count]) => file.search(FILE_NAME) === 0 && (listed.get(file) ?? 0) < count,
    )
    expect(missing).toEqual([])
  })

  it('list no file that does not exist', () => {
    const names = new Set(tracked.map((file) => basename(file)))
    expect([...listed.keys()].filter((file) => !names.has(file))).toEqual([])
  })
})
