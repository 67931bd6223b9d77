import type { Rule } from '../rule.js'

/** The section of a rule on its page, as Markdown. */
export function sectionOf({ id, title, severity, why, sameAs, sources = [], example }: Rule): string {
  return [
    `### ${id}`,
    `**${title}** (${severity}).`,
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
