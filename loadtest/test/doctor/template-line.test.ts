import { expect, it } from 'vitest'
import { lineInTemplate } from '../../src/doctor/input/template-line.ts'

const TEMPLATE = `{{- /* The service and its pods. */}}
{{- if .Values.service.enabled }}
apiVersion: v1
kind: Service
spec:
  type: {{ .Values.service.type }}
---
{{- end }}
apiVersion: apps/v1
kind: Deployment # with its pods
metadata:
  name: {{ include "shop.fullname" . }}
  labels:
    {{- include "shop.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  template:
    metadata:
      annotations:
        replicas: "none"
    spec:
      # containers: none
      terminationGracePeriodSeconds: {{ .Values.grace }}
      containers:
      - name: proxy
        image: proxy
      - image: "{{ .Values.image }}"
        name: shop
        {{- with .Values.lifecycle }}
        lifecycle:
          {{- toYaml . | nindent 10 }}
        {{- end }}
        env:
          - name: "A"
            value: {{ .Values.a | quote }}
      volumes: []
`

it.each([
  ['Service', 'spec.type', 6],
  ['Deployment', '', 10],
  ['Deployment', 'spec', 15],
  ['Deployment', 'spec.replicas', 17],
  ['Deployment', 'spec.template.spec', 23],
  ['Deployment', 'spec.template.spec.terminationGracePeriodSeconds', 25],
  ['Deployment', 'spec.template.spec.containers', 26],
  ['Deployment', 'spec.template.spec.containers.0', 27],
  ['Deployment', 'spec.template.spec.containers.1', 29],
  ['Deployment', 'spec.template.spec.containers.1.image', 29],
  ['Deployment', 'spec.template.spec.containers.1.name', 30],
  // The values have the rest.
  ['Deployment', 'spec.template.spec.containers.1.lifecycle.preStop.sleep', 32],
  ['Deployment', 'spec.template.spec.containers.1.env.0.value', 37],
  ['Deployment', 'spec.template.spec.containers.1.env.1.value', 35],
  ['Deployment', 'spec.template.spec.volumes', 38],
  ['Deployment', 'spec.strategy.type', 15],
  ['Deployment', 'status.replicas', 10],
  ['Ingress', 'spec.rules', 1],
])('the line of %s %s in a template is %i', (kind, path, line) => {
  const keys = path === '' ? [] : path.split('.').map((key) => (/^\d+$/u.test(key) ? Number(key) : key))
  expect(lineInTemplate(TEMPLATE, kind, keys)).toBe(line)
  expect(lineInTemplate(TEMPLATE.replaceAll('\n', '\r\n'), kind, keys)).toBe(line)
})
