import type { RunRecord } from '../verdict/story/run-record.js'

/** What was not looked at, and how it would be. */
export const bodiesLines = ({ byStatusAlone }: Pick<RunRecord, 'byStatusAlone'>): string[] =>
  byStatusAlone.length === 0
    ? []
    : [
        `What ${byStatusAlone.join(' and ')} answered was judged by its status alone: say what the body must hold with \`contains\` in zero-drop.yaml, or --contains.`,
      ]
