import { renderKustomization } from '../../inputs/manifests/kustomize.js'
import { readText } from '../../inputs/yaml/read-text.js'
import { messageOf } from '../../base/errors.js'
import { parseObjects } from '../model/parse.js'
import { Unreadable, type Input } from './input.js'
import { kustomizationPlaces } from './kustomization-places.js'

/**
 * Renders a kustomization. Returns undefined for a component, which is a part of an overlay and cannot be rendered alone.
 *
 * @throws {Unreadable} kustomize cannot render it.
 */
export function readKustomization(file: string, folder: string, shown: (path: string) => string): Input | undefined {
  const text = readText(file)
  if (/^kind:\s*Component\s*$/mu.test(text)) return undefined
  const name = shown(folder)
  const rendered = rendering(folder, text)
  const parsed = parseObjects(rendered, name, kustomizationPlaces(folder, shown))
  if ('error' in parsed) throw new Unreadable(`is rendered as something that is not YAML: ${parsed.error}`)
  const uncorrectable = 'is made by kustomize from several files: correct the places of the findings'
  for (const source of parsed.documents) source.uncorrectable = uncorrectable
  return { name, ...parsed, rendered: true }
}

function rendering(folder: string, text: string): string {
  try {
    return renderKustomization(folder)
  } catch (error) {
    const message = messageOf(error)
    throw new Unreadable(
      message.startsWith(`${folder} `) ? message.slice(folder.length + 1) : message,
      lineNamedIn(message, text),
    )
  }
}

/** Returns the line of a kustomization with a file that an error names, or 0. */
function lineNamedIn(message: string, text: string): number {
  const names = new Set([...message.matchAll(/'([^'\s]+)'/gu)].map(([, name = '']) => name))
  const line = text.split('\n').findIndex((each) => names.has(/([^\s"']+)["']?\s*$/u.exec(each)?.[1] ?? ''))
  return line + 1
}
