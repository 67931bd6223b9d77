import type { Settings } from '../report.js'

/** Formats a setting for people: `–` if it is not set. */
export const shownSetting = (value: Settings[string] | undefined): string =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0)
    ? '–'
    : Array.isArray(value)
      ? value.join(', ')
      : String(value)
