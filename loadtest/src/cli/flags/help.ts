import { Help, Option, type Command } from 'commander'
import { scenariosOf, targetsOf } from '../../scenarios/index.js'
import { flagName, type AnyGroup } from './flag.js'

/** A part of the help below the flags. */
export interface HelpSection {
  readonly heading: string
  /** Printed as they are. */
  readonly lines?: readonly string[]
  /** Terms with their descriptions. */
  readonly items?: readonly (readonly [term: string, description: string])[]
  readonly paragraph?: string
}

/** The help of a command apart from its flags. */
export interface HelpText {
  readonly description: string
  /** The name of the words behind the flags, if the command takes some. */
  readonly words?: string
  /** How the words stand behind the flags. Default: behind `--`, as a command does. */
  readonly usage?: string
  readonly sections: readonly HelpSection[]
}

/** The exit codes of `prove` and `suite`. */
export const EXIT_STATUS: HelpSection = {
  heading: 'Exit codes',
  items: [
    ['0', 'proven: no request was dropped, and the run would have shown a drop'],
    ['1', 'drops: at least one request was dropped'],
    ['2', 'the command line, or a file or cluster that it names, cannot be used'],
    ['3', 'inconclusive: no request was dropped, but the run proves nothing or was interrupted'],
    ['4', 'the harness itself failed'],
  ],
}

/** The scenarios with their descriptions. */
export const scenarioSection = (): HelpSection => ({
  heading: 'Scenarios',
  items: scenariosOf().map((scenario) => {
    const [target, other] = targetsOf(scenario)
    return [scenario.name, other === undefined ? `${scenario.description} (${target} only)` : scenario.description]
  }),
})

/**
 * Gives a command its help, wrapped to the width of the terminal, or to 80 columns in a pipe. When some of its flags are
 * marked as usual, `--help` shows those and `--help-all` every flag.
 */
export function addHelp(
  command: Command,
  groups: readonly AnyGroup[],
  { description, sections, words, usage }: HelpText,
): void {
  const usual = new Set(groups.flatMap(({ flags }) => usualFlags(flags)))
  const behind = usage ?? (words === undefined ? '' : `[-- ${words.toUpperCase()}]`)
  command.description(description).usage(`[flags] ${behind}`.trim())
  command.addHelpOption(
    new Option('-h, --help', usual.size > 0 ? 'show the usual flags' : 'show this help').helpGroup('Help:'),
  )
  let all = usual.size === 0
  if (!all) {
    command.addOption(new Option('--help-all', 'show every flag').helpGroup('Help:'))
    command.on('option:help-all', () => {
      all = true
      command.help()
    })
  }
  command.createHelp = () => new SectionedHelp(sections, ({ long }) => all || isHelp(long) || usual.has(long ?? ''))
}

const usualFlags = (flags: AnyGroup['flags']): string[] =>
  Object.entries(flags).flatMap(([key, flag]) => (flag.usual ? [`--${flagName(key, flag)}`] : []))

const isHelp = (long: string | undefined): boolean => long === '--help' || long === '--help-all'

/** Shows some of the options, and sections below them. */
class SectionedHelp extends Help {
  readonly #sections: readonly HelpSection[]
  readonly #isShown: (option: Option) => boolean
  /** Commander also asks for the visible options to suggest one for a mistyped flag: there, every option counts. */
  #printing = false

  constructor(sections: readonly HelpSection[], isShown: (option: Option) => boolean) {
    super()
    // Wrap in narrow terminals, too.
    this.minWidthToWrap = 20
    this.#sections = sections
    this.#isShown = isShown
  }

  override prepareContext(context: Parameters<Help['prepareContext']>[0]): void {
    super.prepareContext(context)
    this.#printing = true
  }

  override visibleOptions(command: Command): Option[] {
    const options = super.visibleOptions(command)
    return this.#printing ? options.filter(this.#isShown) : options
  }

  override subcommandTerm(command: Command): string {
    return command.name()
  }

  override formatHelp(command: Command, helper: Help): string {
    const sections = this.#sections.map((section) => `${this.#format(section)}\n`)
    return [super.formatHelp(command, helper), ...sections].join('\n')
  }

  #format({ heading, lines = [], items = [], paragraph }: HelpSection): string {
    const width = Math.max(...items.map(([term]) => term.length))
    return [
      `${heading}:`,
      ...lines.map((line) => `  ${line}`),
      ...items.map(([term, description]) => this.formatItem(term, width, description, this)),
      ...(paragraph === undefined ? [] : [indented(this.boxWrap(paragraph, (this.helpWidth ?? 80) - 2))]),
    ].join('\n')
  }
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ')
