import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { K8S } from './rendered.ts'

/** The Deployment of the tutorial, with its indentation restored. Not a file of k8s, where the doctor finds nothing. */
const TUTORIAL = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cloud-communal-service
  namespace: cloud
spec:
  selector:
    matchLabels:
      app: cloud-communal-service
  replicas: 1
  minReadySeconds: 10
  revisionHistoryLimit: 10
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 1
  template:
    metadata:
      labels:
        app: cloud-communal-service
    spec:
      hostNetwork: true
      containers:
        - name: cloud-communal-service
          image: registry.cn-shanghai.aliyuncs.com/jbk/cloud-communal:v1.0.0
          ports:
            - containerPort: 18080
              protocol: TCP
          imagePullPolicy: Always
---
apiVersion: v1
kind: Service
metadata:
  name: cloud-communal-service
  namespace: cloud
  labels:
    app: cloud-communal-service
spec:
  type: NodePort
  ports:
    - port: 18080
      targetPort: 18080
      nodePort: 30080
      protocol: TCP
      name: http
  selector:
    app: cloud-communal-service
`

it("finds what README.md says in the tutorial's manifest", () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8s-doctor-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  writeFileSync(join(folder, 'k8s-cloud-communal.yaml'), TUTORIAL)
  const cli = join(K8S, '../loadtest/dist/cli.js')
  const args = [cli, 'doctor', 'k8s-cloud-communal.yaml']
  // npm scripts say with INIT_CWD from where they were started, and zero-drop reads paths from there.
  const env = { ...process.env, INIT_CWD: folder }
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
  expect(stderr).toBe('')

  const readme = readFileSync(join(K8S, 'README.md'), 'utf8')
  const [, section = ''] = /^### Check the tutorial's manifest\n([^]*?)^### /mu.exec(readme) ?? []
  const [, shown = ''] = /^ {4}\$ zero-drop doctor .*\n((?: {4}.*\n)+)/mu.exec(section) ?? []
  const lines = shown.split('\n').map((line) => line.slice(4))
  expect(lines.length).toBeGreaterThan(5)
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(lines.filter((line) => line !== '…')))

  const documented = [...section.matchAll(/^\| `([a-z-]+)` /gmu)].map(([, rule]) => rule)
  const found = [...stdout.matchAll(/\[([a-z-]+)\]$/gmu)].map(([, rule]) => rule)
  expect(documented).toEqual(found)
})
