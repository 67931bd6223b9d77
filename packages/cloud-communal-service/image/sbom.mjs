// sbom.mjs APP PACKAGES DEBIAN: writes the software bill of materials of the image to stdout, as CycloneDX JSON. It is
// plain JavaScript because the build stage of the Dockerfile runs it.
//
// PACKAGES is the output of `pnpm sbom`. The script compares it with APP/node_modules and fails if a package is in only
// one of them, because a wrong bill is worse than none. It adds Node and the Debian packages of its libraries (DEBIAN,
// one line each: name, version, architecture), and removes the fields that differ between builds.
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const [app, packages, debian] = process.argv.slice(2)
const bill = JSON.parse(readFileSync(packages, 'utf8'))

/**
 * Lists the deployed packages as `name@version`. pnpm stores each once, as a folder in
 * node_modules/.pnpm/*\/node_modules.
 */
const deployed = () => {
  const store = join(app, 'node_modules/.pnpm')
  return readdirSync(store).flatMap((entry) => {
    const folder = join(store, entry, 'node_modules')
    if (entry === 'node_modules' || !isFolder(folder)) return []
    return readdirSync(folder)
      .flatMap((name) =>
        name.startsWith('@') ? readdirSync(join(folder, name)).map((part) => `${name}/${part}`) : [name],
      )
      .filter((name) => !name.startsWith('.') && isFolder(join(folder, name)))
      .map((name) => {
        const { version } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'))
        return `${name}@${version}`
      })
  })
}

/** Excludes links, which lead to the folder of another package with its own entry. */
const isFolder = (path) => existsSync(path) && lstatSync(path).isDirectory()

const nameOf = ({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`

const present = new Set(deployed())
const listed = new Set(bill.components.map((component) => nameOf(component)))
const wrong = [
  ...[...present].filter((name) => !listed.has(name)).map((name) => `${name} is in the image and not in the bill`),
  ...[...listed].filter((name) => !present.has(name)).map((name) => `${name} is in the bill and not in the image`),
]
if (wrong.length > 0) {
  process.stderr.write(`sbom: the bill of materials differs from the image:\n  ${wrong.join('\n  ')}\n`)
  process.exit(1)
}

const node = {
  type: 'platform',
  'bom-ref': `node@${process.versions.node}`,
  name: 'node',
  version: process.versions.node,
  cpe: `cpe:2.3:a:nodejs:node.js:${process.versions.node}:*:*:*:*:*:*:*`,
  purl: `pkg:github/nodejs/node@v${process.versions.node}`,
}
const libraries = readFileSync(debian, 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [name, version, architecture] = line.split(' ')
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`
    return { type: 'library', 'bom-ref': purl, name, version, purl }
  })

const { serialNumber: _random, metadata, components, dependencies, ...rest } = bill
const { timestamp: _now, ...fixed } = metadata
const sorted = (list, key) => list.toSorted((one, other) => (one[key] < other[key] ? -1 : 1))
process.stdout.write(
  `${JSON.stringify(
    {
      ...rest,
      metadata: { ...fixed, lifecycles: [{ phase: 'build' }] },
      components: sorted([...components, node, ...libraries], 'bom-ref'),
      dependencies: sorted(dependencies, 'ref').map(({ dependsOn = [], ...of }) => ({
        ...of,
        dependsOn: dependsOn.toSorted((one, other) => (one < other ? -1 : 1)),
      })),
    },
    undefined,
    2,
  )}\n`,
)
