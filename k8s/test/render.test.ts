import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { renderedFile } from '../folders.mjs'
import { FOLDERS, K8S, hasKubectl } from './rendered.ts'

const SCRIPT = join(K8S, 'render.mjs')
const BASE = renderedFile('base')

interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

const render = (flags: string[], path = process.env['PATH']): Ended => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...flags], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  })
  return { status, stdout, stderr }
}

/** A copy of a part of the manifests, and a program in place of kubectl that prints the committed files. */
interface Copy {
  root: string
  /** Runs render.mjs on the copy, with no other program on the PATH than the one in place of kubectl. */
  run: (flags: string[]) => Ended
  read: (file: string) => string
  change: (file: string, change: (text: string) => string) => void
}

const copy = (program = 'kubectl'): Copy => {
  const root = mkdtempSync(join(tmpdir(), 'render-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const name of ['base', 'overlays', 'rendered', BASE])
    cpSync(join(K8S, name), join(root, name), { recursive: true })
  mkdirSync(join(root, 'bin'))
  for (const folder of FOLDERS) {
    const text = readFileSync(join(K8S, renderedFile(folder)), 'utf8').replaceAll(/^#.*\n/gmu, '')
    writeFileSync(join(root, 'bin', basename(folder)), text)
  }
  writeFileSync(
    join(root, 'bin', program),
    `#!/bin/sh
case $1 in
  version) ;;
  ${program === 'kubectl' ? 'kustomize' : 'build'}) exec /bin/cat "${root}/bin/\${2##*/}" ;;
  *) exit 1 ;;
esac
`,
  )
  chmodSync(join(root, 'bin', program), 0o755)
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  return {
    root,
    read,
    run: (flags) => render([...flags, root], join(root, 'bin')),
    change: (file, change) => writeFileSync(join(root, file), change(read(file))),
  }
}

describe('render.mjs --check', () => {
  it.runIf(hasKubectl)('finds every committed file as kubectl renders it', () => {
    expect(render(['--check'])).toEqual({
      status: 0,
      stdout: `7 files are up to date (kubectl kustomize)\n`,
      stderr: '',
    })
  })

  it('passes where nothing differs', () => {
    expect(copy().run(['--check'])).toMatchObject({ status: 0, stderr: '' })
  })

  it('fails where files differ, and names each file, its folder and the first line that differs', () => {
    const { run, change } = copy()
    for (const folder of FOLDERS) {
      change(renderedFile(folder), (text) => text.replace('minReadySeconds: 1', 'minReadySeconds: 2'))
    }
    const { status, stderr } = run(['--check'])
    expect(status).toBe(1)
    const faults = stderr.trim().split('\n')
    expect(faults.pop()).toBe("render: run 'node k8s/render.mjs' and commit what it writes")
    expect(faults).toHaveLength(FOLDERS.length)
    for (const [index, folder] of FOLDERS.entries()) {
      expect(faults[index]).toContain(`render: ${renderedFile(folder)} differs from k8s/${folder}: line `)
      expect(faults[index]).toMatch(
        /line \d+ is " {2}minReadySeconds: 2\d", but should be " {2}minReadySeconds: 1\d"$/u,
      )
    }
  })

  it('fails where lines are missing at the end, or added to it', () => {
    const { run, change } = copy()
    change('rendered/local.yaml', (text) => text.slice(0, text.lastIndexOf('  - Ingress')))
    change('rendered/single.yaml', (text) => `${text}more: 1\n`)
    const { status, stderr } = run(['--check'])
    expect(status).toBe(1)
    expect(stderr).toMatch(/local\.yaml .* line \d+ is "", but should be " {2}- Ingress"/u)
    expect(stderr).toMatch(/single\.yaml .* line \d+ is "more: 1", but should be ""/u)
  })

  it('fails where a file is missing, or belongs to no overlay', () => {
    const { root, run } = copy()
    rmSync(join(root, BASE))
    rmSync(join(root, 'overlays/single'), { recursive: true })
    const { status, stderr } = run(['--check'])
    expect(status).toBe(1)
    expect(stderr).toContain(`render: ${BASE} is missing\n`)
    expect(stderr).toContain('render: rendered/single.yaml belongs to no overlay\n')
    expect(existsSync(join(root, BASE))).toBe(false)
  })
})

describe('render.mjs', () => {
  it('writes what --check asks for, and removes what belongs to no overlay', () => {
    const { root, run, change, read } = copy()
    change(BASE, () => 'old\n')
    rmSync(join(root, 'rendered'), { recursive: true })
    rmSync(join(root, 'overlays/single'), { recursive: true })
    expect(run([])).toMatchObject({ status: 0, stdout: '6 files rendered (kubectl kustomize)\n', stderr: '' })
    expect(read(BASE)).toBe(readFileSync(join(K8S, BASE), 'utf8'))
    writeFileSync(join(root, 'rendered/single.yaml'), '')
    expect(run([]).status).toBe(0)
    expect(existsSync(join(root, 'rendered/single.yaml'))).toBe(false)
    expect(run(['--check']).status).toBe(0)
  })

  it('uses kustomize where there is no kubectl', () => {
    expect(copy('kustomize').run(['--check'])).toMatchObject({
      status: 0,
      stdout: '7 files are up to date (kustomize build)\n',
    })
  })

  it('names the folder that cannot be rendered', () => {
    const { root, run } = copy()
    mkdirSync(join(root, 'overlays/unknown'))
    const { status, stderr } = run([])
    expect(status).toBe(2)
    expect(stderr).toMatch(/^render: 'kubectl kustomize overlays\/unknown' failed: /u)
  })

  it.each([
    ['--chek', /unknown option '--chek'/iu],
    [tmpdir(), /has no folder overlays; give the folder k8s/u],
  ])('refuses %s', (argument, sentence) => {
    const { status, stderr } = render([argument])
    expect(status).toBe(2)
    expect(stderr).toMatch(sentence)
  })

  it('asks for kubectl or kustomize where neither is on the PATH', () => {
    const { root } = copy()
    const { status, stderr } = render(['--check'], join(root, 'base'))
    expect(status).toBe(2)
    expect(stderr).toBe('render: neither kubectl nor kustomize is on the PATH; install one of them\n')
  })
})
