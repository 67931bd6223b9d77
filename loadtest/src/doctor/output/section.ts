import type { Rule } from '../rule.js'

/** The section of a rule on its page, as Markdown. */
export const sectionOf = (rule: Rule): string =>
  [`### ${rule.id}`, `**${rule.title}** (${rule.severity}).`, helpOf(rule)].join('\n\n')

/** The section of a rule without its title, as Markdown. */
export function helpOf({ why, sameAs, sources = [], example }: Rule): string {
  return [
    why,
    ...(sameAs.length === 0
      ? []
      : [`The same mistake in other linters: ${sameAs.map((name) => `\`${name}\``).join(', ')}.`]),
    'Instead of',
    fenced(example.wrong),
    'write',
    fenced(example.right),
    ...(sources.length === 0 ? [] : [`Source: ${sources.map((url) => `<${url}>`).join(', ')}`]),
  ].join('\n\n')
}

const fenced = (yaml: string): string => `\`\`\`yaml\n${yaml}\n\`\`\``
