import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

const KINDS = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
}

/**
 * Finds the line of a workload in manifests, for an annotation. The lines are compared as text: an annotation in the wrong place
 * is no reason for a dependency.
 *
 * @param {string} manifests a file or a folder of the current folder; a kustomization's own resources are followed
 * @param {string} workload KIND/NAME; empty: the first workload
 * @returns {{ file?: string, line?: number }} empty if the workload is not found
 */
export function place(manifests, workload) {
  if (manifests === '' || !existsSync(manifests)) return {}
  const [word = '', name = ''] = workload.split('/')
  const kinds = workload === '' ? Object.values(KINDS) : [KINDS[word.toLowerCase()] ?? word]
  for (const file of filesOf(manifests)) {
    let start = 1
    for (const document of readFileSync(file, 'utf8').split(/^---.*$/mu)) {
      const at = document.split('\n').findIndex((line) => kinds.some((kind) => line.trimEnd() === `kind: ${kind}`))
      const named = /^metadata:[^]*?^ +name: *["']?(?<name>[\w.-]+)/mu.exec(document)?.groups?.name
      if (at !== -1 && (name === '' || named === name)) return { file: relative('.', file), line: start + at }
      start += document.split('\n').length - 1
    }
  }
  return {}
}

/** Lists the YAML files of a folder, then those of the folders that its kustomization names. */
function filesOf(path) {
  if (statSync(path).isFile()) return [path]
  const entries = readdirSync(path, { withFileTypes: true })
  const yaml = entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/u.test(entry.name))
    .map(({ name }) => join(path, name))
  const kustomization = yaml.find((file) => /kustomization\.ya?ml$/u.test(file))
  const bases =
    kustomization === undefined ? [] : readFileSync(kustomization, 'utf8').matchAll(/^ *- *(?<base>\.\.?\/\S+)$/gmu)
  const folders = [...bases]
    .map(({ groups }) => join(path, groups.base))
    .filter((folder) => existsSync(folder) && statSync(folder).isDirectory())
  return [...yaml, ...folders.flatMap(filesOf)]
}
