import { expect, test } from 'vitest'
import { discoverUrls } from '../../../../src/targets/kubernetes/workload/discover.js'
import { readWorkloadName } from '../../../../src/targets/kubernetes/workload/kinds.js'
import { SERVICES, shop, template, useShop } from '../../../fixtures/shop.js'

useShop()

const urls = async (workload = 'deployment/shop'): Promise<string[]> =>
  discoverUrls({
    namespace: 'store',
    workload: readWorkloadName(workload) ?? expect.fail('no kind'),
    kubeconfig: shop.api.kubeconfig(shop.folder),
  })

const node = (name: string, address: string): void =>
  shop.api.put('/api/v1/nodes', {
    metadata: { name },
    status: {
      addresses: [
        { type: 'Hostname', address: name },
        { type: 'InternalIP', address },
      ],
    },
  })

const service = (name: string, ports: readonly object[], selector: object = { app: 'shop' }): void =>
  shop.api.put(SERVICES, { metadata: { name }, spec: { type: 'NodePort', selector, ports } })

test('the URL of each node has the NodePort that is named http, whatever its place', async () => {
  node('first', '10.0.0.1')
  node('second', 'fd00::2')
  service('other', [{ name: 'http', port: 80, nodePort: 30_001 }], { app: 'other' })
  service('shop', [
    { name: 'admin', port: 81, nodePort: 30_081 },
    { name: 'http', port: 80, nodePort: 30_080, protocol: 'UDP' },
    { name: 'http', port: 80, nodePort: 30_082 },
  ])
  expect(await urls()).toEqual(['http://10.0.0.1:30082', 'http://[fd00::2]:30082'])
})

test('without a port named http it is the first TCP port with a NodePort', async () => {
  node('first', '10.0.0.1')
  service('shop', [
    { port: 79 },
    { name: 'dns', port: 53, nodePort: 30_053, protocol: 'UDP' },
    { port: 80, nodePort: 30_080 },
  ])
  expect(await urls()).toEqual(['http://10.0.0.1:30080'])
})

test.each([
  [{ name: 'https', port: 8443 }, 'https'],
  [{ name: 'web', port: 443 }, 'https'],
  [{ port: 80, appProtocol: 'https' }, 'https'],
  [{ name: 'http', port: 8443 }, 'http'],
])('the scheme of the port %j is %s', async (port, scheme) => {
  node('first', '10.0.0.1')
  service('shop', [{ ...port, nodePort: 30_080 }])
  expect(await urls()).toEqual([`${scheme}://10.0.0.1:30080`])
})

test('without a NodePort or an address the error suggests --url', async () => {
  shop.api.serve('/api/v1/nodes')
  await expect(urls()).rejects.toThrow(
    'no node of the cluster has an InternalIP: give the addresses of the service with --url',
  )
  service('shop', [{ port: 80 }])
  await expect(urls()).rejects.toThrow(
    'no Service with a NodePort in namespace store selects the pods of shop: give its addresses with --url',
  )
})

test('a Rollout has the URL of its active Service, whose selector has the hash of its controller', async () => {
  node('first', '10.0.0.1')
  shop.api.put('/apis/argoproj.io/v1alpha1/namespaces/store/rollouts', {
    metadata: { name: 'shop' },
    spec: {
      template: template('shop:v1'),
      strategy: { blueGreen: { activeService: 'shop', previewService: 'a-preview' } },
    },
  })
  service('a-preview', [{ port: 80, nodePort: 30_001 }], { app: 'shop', 'rollouts-pod-template-hash': '3' })
  service('shop', [{ port: 80, nodePort: 30_080 }], { app: 'shop', 'rollouts-pod-template-hash': '2' })
  expect(await urls('rollout/shop')).toEqual(['http://10.0.0.1:30080'])
})
