import { existsSync, readdirSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import { readText } from '../../inputs/yaml/read-text.js'
import type { Locate, Place } from '../model/kube-object.js'
import { lineInTemplate } from './template-line.js'

/** Folders deep enough for a repository with many charts. */
const DEEPEST = 6

/**
 * Returns a function that finds the field of Helm output in the templates of its chart. The chart is one in or below a folder, with the
 * name that the comment `# Source:` has.
 */
export function chartPlaces(root: string, shown: (path: string) => string): Locate {
  let charts: ReadonlyMap<string, readonly string[]> | undefined
  return ({ kind, source: { template } }, path): Place | undefined => {
    if (template === undefined) return undefined
    const [chart = '', ...rest] = template.split('/')
    charts ??= chartsBelow(root)
    const file = charts
      .get(chart)
      ?.map((folder) => join(folder, ...rest))
      .find((each) => existsSync(each))
    if (file === undefined) return undefined
    return { file: shown(file), line: lineInTemplate(readText(file), kind, path), column: 1 }
  }
}

/** The folders of charts by the name of the chart, from the top. */
function chartsBelow(root: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  let folders = [root]
  for (let depth = 0; depth <= DEEPEST && folders.length > 0; depth++) {
    const next: string[] = []
    for (const folder of folders) {
      for (const entry of entriesOf(folder)) {
        if (entry.isFile() && entry.name === 'Chart.yaml') {
          const name = /^name:\s*["']?([\w.-]+)/mu.exec(readText(join(folder, entry.name)))?.[1] ?? ''
          found.set(name, [...(found.get(name) ?? []), folder])
        }
        // The output names the templates of a subchart below those of its chart.
        if (entry.isDirectory() && !/^(?:\.|node_modules$|charts$)/u.test(entry.name)) {
          next.push(join(folder, entry.name))
        }
      }
    }
    folders = next
  }
  return found
}

/** A folder that cannot be read has no chart. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
