import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DockerfileParser, type From, type Instruction, type PropertyInstruction } from 'dockerfile-ast'
import { LineCounter, parseDocument } from 'yaml'
import { readText } from '../../inputs/yaml/read-text.js'
import { readContainer, type Container } from './container.js'
import { envReader } from './environment.js'
import { KubeObject } from './kube-object.js'
import type { Path } from './values.js'

/** A script of the build context that starts the program. */
export interface Script {
  readonly name: string
  readonly text: string
}

/** A Dockerfile with the instructions that count for its last stage. A field is the keyword of an instruction. */
export class Dockerfile extends KubeObject {
  readonly #stages: readonly (readonly Instruction[])[]
  readonly #path: string

  /** @param path the file, for the scripts beside it. */
  constructor(given: string, input: string, path: string) {
    const byteOrderMark = given.startsWith('\uFEFF') ? '\uFEFF' : ''
    const text = given.slice(byteOrderMark.length)
    const lines = new LineCounter()
    for (const { index } of text.matchAll(/^/gmu)) lines.addNewLine(index)
    const document = parseDocument('')
    document.range = [0, text.length, text.length]
    const body = { apiVersion: 'docker', kind: 'Dockerfile', metadata: { name: input } }
    super({ input, text, byteOrderMark, start: 0, lines, document, template: undefined }, [], body)
    this.#stages = stagesOf(DockerfileParser.parse(text).getInstructions())
    this.#path = path
  }

  /** Whether the text has a stage, as every Dockerfile must. */
  get isComplete(): boolean {
    return this.#stages.length > 0
  }

  get stopSignal(): string | undefined {
    return this.#last('STOPSIGNAL')?.getArguments()[0]?.getValue()
  }

  /** The container that the image starts, with the variables of ENV. */
  get container(): Container {
    const env = this.#stages
      .toReversed()
      .flatMap((stage) => stage.filter((each) => each.getKeyword() === 'ENV'))
      .flatMap((each) => (each as PropertyInstruction).getProperties())
      .map((each) => ({ name: each.getName(), value: each.getValue() ?? '' }))
    const { words } = this.start
    return readContainer(
      { name: this.name, command: words, env },
      [],
      envReader(() => undefined),
    )
  }

  /** What the image starts, and the instruction that says so. */
  get start(): {
    readonly keyword: 'ENTRYPOINT' | 'CMD'
    readonly isShellForm: boolean
    readonly words: readonly string[]
    readonly script: Script | undefined
  } {
    const entry = this.#commandOf('ENTRYPOINT')
    // An ENTRYPOINT removes the CMD of the stages below it.
    const found = this.#commandOf('CMD')
    const command = entry !== undefined && found !== undefined && found.stage > entry.stage ? undefined : found
    const rest = command?.words ?? []
    if (entry === undefined) {
      const isShellForm = command?.isShellForm ?? false
      return { keyword: 'CMD', isShellForm, words: rest, script: this.#scriptOf(rest) }
    }
    if (entry.isShellForm) return { keyword: 'ENTRYPOINT', ...entry, script: undefined }
    const script = this.#scriptOf(entry.words)
    // The script ends as the command that follows it.
    if (command !== undefined && script !== undefined && /\bexec\s+"?\$(?:@|\{@\}|\*)/u.test(script.text)) {
      return { keyword: 'CMD', isShellForm: command.isShellForm, words: rest, script: undefined }
    }
    return { keyword: 'ENTRYPOINT', isShellForm: false, words: [...entry.words, ...rest], script }
  }

  protected override offsets(path: Path): number[] {
    const from = this.#last('FROM')
    const found = this.#last(String(path[0]))
    return [from, found].flatMap((each) => (each === undefined ? [] : (this.#offsetOf(each) ?? [])))
  }

  #offsetOf(instruction: Instruction): number | undefined {
    return this.source.lines.lineStarts[instruction.getRange().start.line]
  }

  /** The last instruction of the nearest stage that has it. */
  #last(keyword: string): Instruction | undefined {
    for (const stage of this.#stages) {
      const found = stage.findLast((each) => each.getKeyword() === keyword)
      if (found !== undefined) return found
    }
    return undefined
  }

  #commandOf(keyword: 'ENTRYPOINT' | 'CMD' | 'SHELL'): Command | undefined {
    const found = this.#last(keyword)
    if (found === undefined) return undefined
    const stage = this.#stages.findIndex((each) => each.includes(found))
    const list = listIn(found.getArgumentsContent() ?? '')
    if (list !== undefined) return { words: list, isShellForm: false, stage }
    const script = found
      .getArguments()
      .map((each) => each.getValue())
      .join(' ')
    const shell = keyword === 'SHELL' ? undefined : this.#commandOf('SHELL')?.words
    return { words: [...(shell ?? ['/bin/sh', '-c']), script], isShellForm: true, stage }
  }

  /** A shell script of the build context. */
  #scriptOf(words: readonly string[]): Script | undefined {
    const [program = '', argument = ''] = words
    const name = basename(/^(?:ba|da|a)?sh$/u.test(basename(program)) ? argument : program)
    const copied = this.#stages
      .flat()
      .filter((each) => ['COPY', 'ADD'].includes(each.getKeyword()))
      .flatMap((each) => each.getArguments().map((word) => word.getValue()))
      .filter((each) => basename(each) === name)
    const file = [...copied, name].map((each) => join(dirname(this.#path), each)).find((each) => existsSync(each))
    if (file === undefined || name === '') return undefined
    const text = readText(file)
    const isShell = text.startsWith('#!') ? /^#!.*\b(?:ba|da|a)?sh\b/u.test(text) : name.endsWith('.sh')
    return isShell ? { name, text } : undefined
  }
}

interface Command {
  readonly words: readonly string[]
  readonly isShellForm: boolean
  /** The distance of its stage from the last one. */
  readonly stage: number
}

/** The instructions of the last stage, then those of the stage that it starts from, and so on. */
function stagesOf(instructions: readonly Instruction[]): readonly (readonly Instruction[])[] {
  const all: Instruction[][] = []
  for (const instruction of instructions) {
    if (instruction.getKeyword() === 'FROM') all.push([instruction])
    else all.at(-1)?.push(instruction)
  }
  const chain: Instruction[][] = []
  for (let stage = all.pop(); stage !== undefined;) {
    chain.push(stage)
    const base = (stage[0] as From).getImage()?.toLowerCase()
    const index = all.findLastIndex((each) => (each[0] as From).getBuildStage()?.toLowerCase() === base)
    stage = index === -1 ? undefined : all[index]
    all.length = Math.max(index, 0)
  }
  return chain
}

/** The exec form is a list in JSON. Docker takes anything else for the shell form. */
function listIn(content: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(content)
    return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : undefined
  } catch {
    return undefined
  }
}
