import { readdirSync, statSync, type Dirent } from 'node:fs'
import { basename, join } from 'node:path'
import { KUSTOMIZATION_NAMES } from '../../inputs/manifests/kustomize.js'

/** As Docker and Podman name them: `Dockerfile`, `Dockerfile.prod`, `shop.Dockerfile`. */
const DOCKERFILE = /^(?:Dockerfile|Containerfile)(?:\.(?!dockerignore$|md$)[\w-]+)?$|\.(?:docker|container)file$/iu
const MANIFEST = /\.(?:ya?ml|json)$/u
/** Folders without manifests of their own. */
const NOT_ENTERED = new Set(['node_modules', '.git', 'charts', 'dist'])

export const isDockerfile = (path: string): boolean => DOCKERFILE.test(basename(path))

export interface Visitor {
  /** The file of a kustomization. Its folder is not entered. */
  readonly kustomization: (file: string, folder: string) => void
  readonly dockerfile: (file: string) => void
  readonly manifest: (file: string) => void
  /** A folder that cannot be listed. */
  readonly unreadable: (folder: string, error: unknown) => void
}

/** Visits the files of a folder and of the folders in it, in the order of their names. */
export function walk(folder: string, visitor: Visitor): void {
  let entries: readonly Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => a.name.localeCompare(b.name))
  } catch (error) {
    visitor.unreadable(folder, error)
    return
  }
  const kustomization = entries.find(({ name }) => KUSTOMIZATION_NAMES.includes(name))
  if (kustomization !== undefined) {
    visitor.kustomization(join(folder, kustomization.name), folder)
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !NOT_ENTERED.has(entry.name)) walk(path, visitor)
    else if (entry.isFile() && isDockerfile(path)) visitor.dockerfile(path)
    else if (MANIFEST.test(entry.name) && isFile(entry, path)) visitor.manifest(path)
  }
}

/** A mounted ConfigMap has its files as links. Links to folders are left out: they can lead back. */
function isFile(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile()
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true
  } catch {
    // The visitor reports why it cannot be read.
    return true
  }
}
