import type { ReportFormat } from './format.js'

export const json: ReportFormat = {
  flag: 'report',
  help: 'JSON report',
  defaultText: 'report.json',
  defaultFile: (jsonFile) => jsonFile,
  render: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
}
