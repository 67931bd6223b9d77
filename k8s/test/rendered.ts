import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { foldersIn, renderedFile } from '../folders.mjs'
import type { Manifest } from './manifest.ts'

export const K8S: string = fileURLToPath(new URL('../', import.meta.url))

/** Every folder that can be deployed, as in `base` or `overlays/local`. */
export const FOLDERS: readonly string[] = foldersIn(K8S)

/** Returns the objects of a YAML text. Throws where a document is not valid, for example where it repeats a key. */
export const parse = (text: string): Manifest[] =>
  parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.join(', '))
    return document.toJS() as Manifest
  })

/** Returns the objects of a folder, from the rendered file that is committed. */
export const readRendered = (folder: string): Manifest[] => parse(readFileSync(join(K8S, renderedFile(folder)), 'utf8'))

/** Returns the name that identifies an object among those that are applied together. */
export const identity = ({ apiVersion, kind, metadata }: Manifest): string =>
  `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`

/** Whether there is a kubectl on the PATH, to compare with the real `kubectl kustomize`. */
export const hasKubectl: boolean = spawnSync('kubectl', ['version', '--client']).status === 0
