import type { CommandDefinition } from '../flags/command.js'
import { REPORT_FLAGS, type ReportValues } from '../flags/report-flags.js'
import { reportSettings } from '../settings/report-settings.js'

/** `zero-drop report`: renders JSON reports again. */
export const reportCommand: CommandDefinition<ReportValues> = {
  name: 'report',
  summary: 'render JSON reports again, on the terminal or as HTML',
  help: {
    description:
      'Renders a JSON report again, as the run itself has rendered it. Several reports are rendered as a suite: a table, and with --html ' +
      'a page that links to a page beside each of them.',
    words: 'files',
    usage: 'FILE.json...',
    sections: [
      {
        heading: 'Examples',
        lines: [
          'zero-drop report report.json --verbose',
          'zero-drop report report.json --html report.html',
          'zero-drop report report.*.json --html index.html',
        ],
      },
      {
        heading: 'Exit codes',
        items: [
          ['0', 'the reports are rendered, whatever their verdicts are'],
          ['2', 'a file is not a report, or has another schemaVersion'],
          ['4', 'a file could not be written'],
        ],
      },
    ],
  },
  flags: REPORT_FLAGS,
  async run(line) {
    const settings = reportSettings(line)
    const { renderAgain } = await import('../execution/report.js')
    return renderAgain(settings)
  },
}
