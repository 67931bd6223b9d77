// The folders that can be deployed, and where each is committed as `kubectl kustomize` renders it.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The tutorial's first command applies this file, so the base is rendered here rather than in `rendered`. */
const BASE_FILE = 'k8s-cloud-communal.yaml'

/**
 * Lists the base and every overlay, relative to the root. The overlays are read from disk, so that none is forgotten.
 *
 * @param {string} root the folder that has `base` and `overlays`
 */
export const foldersIn = (root) => [
  'base',
  ...readdirSync(join(root, 'overlays'))
    .toSorted()
    .map((name) => `overlays/${name}`),
]

/**
 * Returns the file that a folder is rendered into, relative to the root.
 *
 * @example renderedFile('overlays/local') // 'rendered/local.yaml'
 * @param {string} folder
 */
export const renderedFile = (folder) =>
  folder === 'base' ? BASE_FILE : `${folder.replace('overlays/', 'rendered/')}.yaml`
