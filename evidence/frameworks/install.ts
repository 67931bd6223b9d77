import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../base/zero-drop.ts'
import { manifestOf, sourceOf, type Example } from './examples.ts'

const CACHE = `${ROOT}node_modules/.cache/examples/`
const LIBRARY = `${ROOT}packages/graceful/`

const execute = promisify(execFile)

/** Programs of npm packages run on the Node of this process, and report to nobody. */
const env = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
  NEXT_TELEMETRY_DISABLED: '1',
  ASTRO_TELEMETRY_DISABLED: '1',
}

/** @throws {Error} the command failed; the message has its output */
async function run(folder: string, command: string, ...args: string[]): Promise<void> {
  try {
    await execute(command, args, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const output = `${stdout}${stderr}`.trim().split('\n').slice(-20).join('\n')
    throw new Error(`\`${command} ${args.join(' ')}\` failed in ${folder}:\n${output}`, { cause: error })
  }
}

const hashOf = (parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** Returns a hash over the names and contents of all files in a folder. */
async function hashOfFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const contents = await Promise.all(files.map(async (file) => [file.slice(folder.length), await readFile(file)]))
  return hashOf(contents.flat())
}

/** Packs the library as for npm. Returns the name of the tarball in the cache, which has a hash of its sources. */
export async function packLibrary(): Promise<string> {
  const hash = hashOf([await hashOfFolder(`${LIBRARY}src/`), await readFile(`${LIBRARY}package.json`)])
  const name = `graceful-${hash}.tgz`
  await mkdir(CACHE, { recursive: true })
  if (!existsSync(`${CACHE}${name}`)) await run(LIBRARY, 'npx', '--yes', 'pnpm@12', 'pack', '--out', `${CACHE}${name}`)
  return name
}

/**
 * Installs an example in the cache, with the library beside its own packages, and builds it. What has not changed since the last time
 * stays.
 *
 * @returns the folder, with a slash at its end
 * @throws {Error} npm or the build failed
 */
export async function install(example: Example, tarball: string): Promise<string> {
  const source = sourceOf(example)
  const folder = `${CACHE}${example.name}/`
  const { dependencies, scripts } = manifestOf(source)
  const built = await hashOfFolder(source)
  const wanted = JSON.stringify({ built, tarball })
  const stamp = `${folder}.installed.json`
  const before = existsSync(stamp) ? (JSON.parse(await readFile(stamp, 'utf8')) as { built?: string }) : {}
  if (JSON.stringify(before) === wanted) return folder

  await rm(stamp, { force: true })
  if (before.built !== built) await copy(source, folder)
  const manifest = {
    ...manifestOf(source),
    dependencies: { ...dependencies, '@cloud-communal/graceful': `file:../${tarball}` },
  }
  await writeFile(`${folder}package.json`, JSON.stringify(manifest))
  await run(folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock')
  if (scripts.build !== undefined && before.built !== built) await run(folder, 'npm', 'run', 'build')
  await writeFile(stamp, wanted)
  return folder
}

/** Replaces everything in the folder but its packages. */
async function copy(source: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(folder))
    if (name !== 'node_modules') await rm(`${folder}${name}`, { recursive: true, force: true })
  await cp(source, folder, { recursive: true })
}
