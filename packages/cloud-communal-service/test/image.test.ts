import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

interface Instruction {
  name: string
  text: string
}
const stagesOf = (file: string): Instruction[] =>
  read(file)
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Instruction => ({ name: line.split(' ')[0] ?? '', text: line.slice(line.indexOf(' ') + 1) }))

const SERVICE = 'packages/cloud-communal-service/Dockerfile'
const ZERO_DROP = 'loadtest/Dockerfile'
const IMAGES = [
  {
    file: SERVICE,
    title: 'cloud-communal-service',
    folder: '/app',
    runs: { CMD: ['node', 'dist/main.js'], EXPOSE: '18080 18081' },
  },
  {
    file: ZERO_DROP,
    title: 'zero-drop',
    folder: '/work',
    runs: { ENTRYPOINT: ['node', '/app/dist/cli.js'], CMD: ['--help'] },
  },
]

describe.each(IMAGES)('$file', ({ file, title, folder, runs }) => {
  const stages = stagesOf(file)
  const last = stages.slice(stages.findLastIndex(({ name }) => name === 'FROM'))
  const only = (name: string): string => {
    const found = last.filter((instruction) => instruction.name === name)
    expect(found.map(({ text }) => text)).toHaveLength(1)
    return found[0]?.text ?? ''
  }

  it('uses only instructions that Docker with and without BuildKit, and buildah, support', () => {
    const known = /^(FROM|ARG|RUN|WORKDIR|COPY|LABEL|ENV|USER|EXPOSE|STOPSIGNAL|ENTRYPOINT|CMD)$/
    expect(stages.filter(({ name }) => !known.test(name))).toEqual([])
    expect(read(file)).not.toMatch(
      /^#\s*(syntax|escape)=|<<\S|--(mount|chmod|parents|link|exclude|network|security)\b/m,
    )
  })

  it('has no instruction, flag or argument that the parser of the Docker language server rejects', () => {
    const problems = validate(read(file))
    expect(problems.map(({ message, range }) => `line ${range.start.line + 1}: ${JSON.stringify(message)}`)).toEqual([])
    const wrong = 'FROM node:24 AS build\nRUM npm ci\nCOPY --form=build a b\nEXPOSE http\n'
    expect(validate(wrong).map(({ range }) => range.start.line + 1)).toEqual([2, 3, 4])
  })

  it('uses one base image only, and installs with a pinned pnpm and a frozen lockfile', () => {
    const bases = stages.filter(({ name }) => name === 'FROM').map(({ text }) => text.split(' ')[0])
    expect(bases).toEqual(['${NODE_IMAGE}', 'scratch'])
    // By digest: a tag that is pushed again must not change the image.
    expect(stages[0]?.name).toBe('ARG')
    expect(stages[0]?.text).toMatch(/^NODE_IMAGE=node:24\.\d+\.\d+-bookworm-slim@sha256:[0-9a-f]{64}$/)
    const text = stages.map((instruction) => instruction.text).join('\n')
    expect(text).toMatch(/PNPM_VERSION=\d+\.\d+\.\d+$/m)
    expect(text).toContain('pnpm install --frozen-lockfile --ignore-scripts')
    expect(text).not.toMatch(/curl|wget|apt-get|ADD /)
  })

  it('sets the registry that NPM_REGISTRY names before npm and pnpm download anything', () => {
    expect(stages.map(({ text }) => text)).toContain('NPM_REGISTRY=https://registry.npmjs.org')
    const first = stages.find(({ name }) => name === 'RUN')
    expect(first?.text).toMatch(/^npm config set registry "\$NPM_REGISTRY" && /)
  })

  it('runs as a numeric user other than root, stops with SIGTERM, and has node as PID 1 without a shell', () => {
    const [user, group] = only('USER').split(':').map(Number)
    expect(user).toBeGreaterThan(0)
    expect(group).toBeGreaterThan(0)
    expect(only('STOPSIGNAL')).toBe('SIGTERM')
    for (const [name, value] of Object.entries(runs)) {
      expect(Array.isArray(value) ? JSON.parse(only(name)) : only(name)).toEqual(value)
    }
    expect(only('WORKDIR')).toBe(folder)
    expect(last.filter(({ name }) => name === 'RUN')).toEqual([])
  })

  it('has the labels of the OCI image specification, from arguments with defaults', () => {
    const labels = Object.fromEntries(
      [...only('LABEL').matchAll(/org\.opencontainers\.image\.(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    )
    expect(labels).toEqual({
      title,
      description: expect.stringMatching(/\w/) as string,
      version: '$VERSION',
      revision: '$REVISION',
      created: '$CREATED',
      licenses: (JSON.parse(read('package.json')) as { license: string }).license,
      vendor: expect.stringMatching(/\w/) as string,
    })
    const defaults = last.filter(({ name }) => name === 'ARG').map(({ text }) => text.split('='))
    expect(defaults.map(([name]) => name)).toEqual(['VERSION', 'REVISION', 'CREATED'])
    expect(defaults.every(([, value]) => value !== undefined && value !== '')).toBe(true)
  })
})

describe('the base image', () => {
  const pins = IMAGES.map(({ file }) => stagesOf(file).filter(({ name }) => name === 'ARG'))
  const pinsOf = (argument: string): (string | undefined)[] =>
    pins.map((args) => args.find(({ text }) => text.startsWith(`${argument}=`))?.text)

  it('and pnpm are the same in every Dockerfile', () => {
    expect(new Set(pinsOf('NODE_IMAGE')).size).toBe(1)
    expect(new Set(pinsOf('PNPM_VERSION')).size).toBe(1)
  })

  it('and pnpm are renewed by Renovate, within the major version of Node that the image has', () => {
    const settings = JSON.parse(read('.github/renovate.json')) as {
      extends: string[]
      enabledManagers: string[]
      packageRules: { matchDepNames: string[]; allowedVersions: string }[]
    }
    expect(settings.enabledManagers).toEqual(expect.arrayContaining(['custom.regex', 'dockerfile']))
    expect(settings.extends).toContain('customManagers:dockerfileVersions')
    // The form that customManagers:dockerfileVersions finds.
    for (const { file } of IMAGES) {
      expect(read(file)).toMatch(/^# renovate: datasource=npm depName=pnpm\nARG PNPM_VERSION=/m)
    }
    const rule = settings.packageRules.find(({ matchDepNames }) => matchDepNames.includes('node'))
    const versions = new RegExp(rule?.allowedVersions.slice(1, -1) ?? '')
    expect(['24.99.0', '24.99.0-bookworm-slim', '26.0.0'].map((version) => versions.test(version))).toEqual([
      true,
      true,
      false,
    ])
  })
})

/** The patterns of `.dockerignore`. The last one that matches a path, or a folder above it, decides. */
const patterns = read('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const keeps = line.startsWith('!')
    const glob = (keeps ? line.slice(1) : line).replaceAll('.', '\\.').replaceAll('*', '[^/]*')
    return { keeps, path: new RegExp(`^${glob}(/|$)`) }
  })
const sent = (path: string): boolean => patterns.findLast((pattern) => pattern.path.test(path))?.keeps ?? true

/** Lists every file of the working tree that is in the build context. */
const context = (folder = ''): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (!sent(path)) return []
    return entry.isDirectory() ? context(path) : [path]
  })

describe('.dockerignore', () => {
  const files = context()

  it('includes everything that the Dockerfile copies and runs', () => {
    const copied = [SERVICE, ZERO_DROP]
      .flatMap(stagesOf)
      .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from'))
      .flatMap(({ text }) => text.split(' ').slice(0, -1))
    expect(copied.filter((path) => !files.some((file) => `${file}/`.startsWith(`${path}/`)))).toEqual([])
    for (const name of ['packages/graceful', 'packages/cloud-communal-service', 'loadtest']) {
      const there = execFileSync('git', ['ls-files', `${name}/src`], { cwd: ROOT, encoding: 'utf8' })
        .trim()
        .split('\n')
      expect(files).toEqual(expect.arrayContaining([`${name}/tsconfig.json`, ...there]))
    }
    expect(files).toContain('packages/cloud-communal-service/image/assemble.sh')
  })

  it('excludes everything else: tests, installed and built files, secrets; less than 3 MB', () => {
    const allowed =
      /^(package\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|tsconfig\.base\.json|packages\/(graceful|cloud-communal-service)\/(package\.json|tsconfig\.json|(src|image)\/.+)|loadtest\/(package\.json|tsconfig\.json|report\.schema\.json|(src|examples)\/.+))$/
    expect(files.filter((file) => !allowed.test(file))).toEqual([])
    const secret = [
      '.git/config',
      '.env',
      'node_modules/a',
      'packages/graceful/node_modules/a',
      'packages/graceful/dist/a',
      'loadtest/dist/a',
      'loadtest/test/a',
    ]
    expect(secret.filter((path) => sent(path))).toEqual([])
    const bytes = files.reduce((sum, file) => sum + statSync(join(ROOT, file)).size, 0)
    expect(bytes).toBeLessThan(3_000_000)
  })
})
