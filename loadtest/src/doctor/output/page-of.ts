/** The page with one section for each rule. */
const PAGE = 'docs/doctor.md'

/** @example pageOf('recreate') // 'docs/doctor.md#recreate' */
export const pageOf = (rule: string): string => `${PAGE}#${rule}`
