// The pods of policies.mjs: a server that accepts every connection, and a client that says how each connection ended.

/** The label of every pod of the script. */
export const LABEL = 'policies-check'
/** The ports of TCP on which every pod listens. On port 53 it also answers over UDP. */
const PORTS = [53, 443, 5432, 18080, 18081]

/** The program of the pods. It accepts every connection, so that only a policy can deny one. */
const SERVER = `
for (const port of ${JSON.stringify(PORTS)})
  require('net').createServer((socket) => socket.on('error', () => {})).listen(port)
const udp = require('dgram').createSocket('udp4')
udp.on('message', (_, { port, address }) => udp.send('', port, address)).bind(53)
process.on('SIGTERM', () => process.exit())`

/**
 * The program that opens connections in a pod. Its argument is a list of [host, port], where the port is a number or
 * `udp/53`. It prints how each connection ended: `open`, `timeout`, or the code of the error.
 */
export const PROBE = `
const tcp = (host, port) => new Promise((end) => {
  const socket = require('net').connect(port, host).setTimeout(3000)
  for (const event of ['connect', 'timeout', 'error'])
    socket.on(event, (error) => { socket.destroy(); end(error?.code ?? (event === 'connect' ? 'open' : event)) })
})
const udp = (host, port) => new Promise((end) => {
  const socket = require('dgram').createSocket('udp4')
  socket.on('message', () => end('open')).on('error', ({ code }) => end(code))
  socket.connect(port, host, () => socket.send(''))
  setTimeout(() => end('timeout'), 3000)
})
const probe = ([host, port]) => String(port).startsWith('udp/') ? udp(host, Number(port.slice(4))) : tcp(host, port)
Promise.all(JSON.parse(process.argv[1]).map(probe)).then((ends) => { console.log(JSON.stringify(ends)); process.exit() })`

/** Returns the object of a pod. Its settings suit the Pod Security level and the quota of the namespace. */
export const podObject = ({ name, namespace, labels, node, image, imagePullPolicy }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { [LABEL]: 'pod', ...labels } },
  spec: {
    nodeName: node,
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
      // The level `restricted` allows this one, for the ports below 1024.
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
    },
    containers: [
      {
        name: LABEL,
        image,
        imagePullPolicy,
        command: ['node', '-e', SERVER],
        // The kubelet can always reach the pod, so a ready pod listens.
        readinessProbe: { tcpSocket: { port: PORTS.at(-1) }, periodSeconds: 1 },
        resources: {
          requests: { cpu: '10m', memory: '64Mi', 'ephemeral-storage': '16Mi' },
          limits: { memory: '128Mi' },
        },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
})
