import { DOCTOR_FLAGS, type DoctorValues } from '../flags/doctor-flags.js'
import type { CommandDefinition } from '../flags/command.js'

/** `zero-drop doctor`: what in manifests, or in a cluster, drops requests in a rollout. */
export const doctorCommand: CommandDefinition<DoctorValues> = {
  name: 'doctor',
  summary: 'check manifests, or a cluster, for mistakes that drop requests in a rollout',
  help: {
    description:
      'Reads Kubernetes manifests and Dockerfiles, or what runs in a cluster, and reports what would drop requests in a rollout: the object, the line, ' +
      'why, and what to write instead. It sends no request and changes nothing.',
    words: 'files',
    usage: 'FILES|FOLDERS|-',
    sections: [
      {
        heading: 'Examples',
        lines: [
          'zero-drop doctor k8s/ Dockerfile',
          'helm template shop ./chart | zero-drop doctor -',
          'zero-drop doctor --format sarif overlays/production > doctor.sarif',
          'zero-drop doctor --fix deployment.yaml > fixed.yaml',
          'zero-drop doctor --live -n shop',
        ],
      },
      {
        heading: 'Input',
        paragraph:
          'Files with one or several YAML documents, JSON, or Lists, and Dockerfiles. A folder with a kustomization is rendered with kubectl or kustomize; any ' +
          'other folder is read with the folders in it. - is stdin. Findings in Helm output have the template and the line in it, if the chart is ' +
          'in the current folder or below it. Secrets are never read from a cluster.',
      },
      {
        heading: 'Ignore a finding',
        paragraph:
          'Write a comment above the field, above a field that contains it, or behind it: # zero-drop-ignore RULE: reason. Without a reason ' +
          'the comment has no effect. In a cluster, use the annotation ignore.zero-drop/RULE: reason.',
      },
      {
        heading: 'Exit codes',
        items: [
          ['0', 'no finding of the severity of --fail-on or worse'],
          ['1', 'at least one such finding; with --fix, one that is left'],
          [
            '2',
            'the command line is wrong, the cluster cannot be read, or some input was not read; the findings of the rest are printed',
          ],
          ['4', 'the harness itself failed'],
        ],
      },
    ],
  },
  flags: DOCTOR_FLAGS,
  async run({ values, words }) {
    const { runDoctor } = await import('../execution/doctor.js')
    return runDoctor(values, words)
  },
}
