import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'

const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

/** Makes a second copy of the library until the end of the test, as two versions in one dependency tree are. Returns its URL. */
export function copyOfLibrary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'graceful-copy-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join(packageFolder, 'dist'), join(folder, 'dist'), { recursive: true })
  symlinkSync(join(packageFolder, 'node_modules'), join(folder, 'node_modules'))
  const manifest = { name: '@cloud-communal/graceful', version: '99.0.0', type: 'module' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  return pathToFileURL(join(folder, 'dist/index.js')).href
}
